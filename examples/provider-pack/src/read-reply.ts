import {
  asString,
  type ChatEvent,
  coreErrors,
  createEventReader,
  type FinishReason,
  GatewayError,
  isArray,
  isObject,
  type Json,
  type JsonObject,
  parseObject,
  asNumber,
  type ReplyReader,
  upstreamFailed,
  type Usage,
} from '@tapgate/core';
import { faultOf } from './read-error.ts';

const reasons: Readonly<Record<string, FinishReason>> = {
  done: 'stop',
  limit: 'length',
  calls: 'tool-calls',
  unsafe: 'content-filter',
};

/** Reads a stream: `begin`, then `say`, `call` and `input` as they come, then `end`; or `fault` instead of what should follow. */
export class StreamReader implements ReplyReader {
  readonly #provider: string;
  readonly #events = createEventReader({ maxEventBytes: 16 * 1024 * 1024 });
  /** The part that is open; Lumen has one at a time. */
  #open: { readonly part: string; readonly kind: 'text' | 'tool-call' } | undefined;
  #parts = 0;
  #over = false;

  constructor(provider: string) {
    this.#provider = provider;
  }

  push(chunk: Uint8Array): readonly ChatEvent[] {
    try {
      return this.#events.push(chunk).flatMap(({ event, data }) => this.#read(event, data));
    } catch (error) {
      return this.#fail(GatewayError.is(error) ? error : malformed(this.#provider, 'an event is too large'));
    }
  }

  /** The end of the bytes is the end of the answer only if Lumen said so before. */
  end(): readonly ChatEvent[] {
    return this.#fail(coreErrors.UPSTREAM_TRUNCATED({ provider: this.#provider }));
  }

  #read(event: string | undefined, data: string | undefined): readonly ChatEvent[] {
    // A comment, which keeps the connection alive, has no data.
    if (data === undefined || this.#over) return [];
    const said = parseObject(data);
    if (said === undefined) return this.#fail(malformed(this.#provider, 'an event is no JSON object'));
    switch (event) {
      case 'begin':
        return [startOf(said)];
      case 'say':
        return [...this.#begin('text'), ...this.#delta(said)];
      case 'call':
        return this.#begin('tool-call', said);
      case 'input':
        return this.#delta(said);
      case 'end':
        this.#over = true;
        return [...this.#close(), ...endOf(said)];
      case 'fault':
        return this.#fail(upstreamFailed(this.#provider, faultOf(said)));
      default:
        // What Lumen may add one day harms nobody.
        return [];
    }
  }

  #begin(kind: 'text' | 'tool-call', said: JsonObject = {}): readonly ChatEvent[] {
    if (kind === 'text' && this.#open?.kind === 'text') return [];
    const closed = this.#close();
    this.#parts += 1;
    this.#open = { part: `p${this.#parts}`, kind };
    return [...closed, startOfPart(this.#open.part, kind, said)];
  }

  #delta(said: JsonObject): readonly ChatEvent[] {
    const text = asString(said['text']) ?? '';
    return this.#open === undefined || text === '' ? [] : [{ type: 'part-delta', part: this.#open.part, text }];
  }

  #close(): readonly ChatEvent[] {
    const open = this.#open;
    this.#open = undefined;
    return open === undefined ? [] : [{ type: 'part-end', part: open.part }];
  }

  #fail(error: GatewayError): readonly ChatEvent[] {
    if (this.#over) return [];
    this.#over = true;
    return [{ type: 'error', error }];
  }
}

/** Reads a document, which is the same answer in one piece. */
export class WholeReader implements ReplyReader {
  readonly #provider: string;
  readonly #chunks: Uint8Array[] = [];

  constructor(provider: string) {
    this.#provider = provider;
  }

  push(chunk: Uint8Array): readonly ChatEvent[] {
    this.#chunks.push(Uint8Array.from(chunk));
    return [];
  }

  end(): readonly ChatEvent[] {
    const said = parseObject(Buffer.concat(this.#chunks).toString('utf8'));
    if (said === undefined) return [{ type: 'error', error: malformed(this.#provider, 'it is no JSON object') }];
    const text = asString(said['say']) ?? '';
    const calls = isArray(said['calls']) ? said['calls'].filter((call) => isObject(call)) : [];
    return [
      startOf(said),
      ...(text === '' ? [] : partOf('say', 'text', text)),
      ...calls.flatMap((call, at) => partOf(`call-${at}`, 'tool-call', JSON.stringify(call['input'] ?? {}), call)),
      ...endOf(said),
    ];
  }
}

function partOf(part: string, kind: 'text' | 'tool-call', text: string, said: JsonObject = {}): readonly ChatEvent[] {
  return [startOfPart(part, kind, said), { type: 'part-delta', part, text }, { type: 'part-end', part }];
}

function startOfPart(part: string, kind: 'text' | 'tool-call', said: JsonObject): ChatEvent {
  if (kind === 'text') return { type: 'part-start', part, choice: 0, kind };
  const [callId, name] = [asString(said['id']) ?? part, asString(said['name']) ?? ''];
  return { type: 'part-start', part, choice: 0, kind, callId, name, executedBy: 'client' };
}

function startOf(said: JsonObject): ChatEvent {
  const [id, model] = [asString(said['id']), asString(said['model'])];
  return { type: 'start', ...(id === undefined ? {} : { id }), ...(model === undefined ? {} : { model }) };
}

function endOf(said: JsonObject): readonly ChatEvent[] {
  const raw = asString(said['ended']) ?? '';
  const usage = usageOf(said['spent']);
  return [
    ...(usage === undefined ? [] : [{ type: 'usage', usage } as const]),
    { type: 'finish', choice: 0, reason: reasons[raw] ?? 'other', raw },
  ];
}

/** Lumen counts what its cache served among what it read; here the buckets are apart. */
function usageOf(spent: Json | undefined): Usage | undefined {
  if (!isObject(spent)) return undefined;
  const count = (name: string): number => asNumber(spent[name]) ?? 0;
  const cacheRead = count('cached');
  return {
    input: Math.max(0, count('read') - cacheRead),
    cacheRead,
    cacheWrite: 0,
    output: count('written'),
    reasoning: count('thought'),
    estimated: false,
    raw: spent,
  };
}

function malformed(provider: string, reason: string): GatewayError {
  return coreErrors.UPSTREAM_MALFORMED({ provider, reason });
}
