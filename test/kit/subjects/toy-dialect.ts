import {
  coreErrors,
  createEventReader,
  editMembers,
  GatewayError,
  isObject,
  readEvent,
  readJson,
  retryAfterOf,
  scanObject,
  scrubMessage,
  seen,
  splice,
  textBody,
  textOf,
  writeEvent,
  writeJson,
  type ChatEvent,
  type Dialect,
  type ErrorKind,
  type FinishReason,
  type HeaderMap,
  type Incoming,
  type Json,
  type JsonObject,
  type ReplyObserver,
  type ReplyReader,
  type ReplyWriter,
  type UpstreamError,
  type Usage,
  type Wanted,
  type WriterContext,
  type Written,
} from '@tapgate/core';

/*
 * The smallest dialect that keeps every promise. A request says `model`, `stream`, `say` and `temperature`. A stream is
 * {"model"}, then {"text"}, {"think"} and {"call"} as they come, then {"end","usage"}; a document has the same in `parts`.
 */

function requestIn(incoming: Incoming): JsonObject {
  let value: Json;
  try {
    value = readJson(textOf(incoming.body));
  } catch {
    throw coreErrors.BODY_INVALID({ reason: 'it cannot be parsed' });
  }
  if (!isObject(value)) throw coreErrors.BODY_INVALID({ reason: 'it is no object' });
  return value;
}

function modelIn(incoming: Incoming): string {
  const { model } = requestIn(incoming);
  if (typeof model !== 'string') throw coreErrors.MODEL_MISSING();
  return model;
}

function said(turn: Json): string {
  return isObject(turn) && typeof turn['text'] === 'string' ? turn['text'] : '';
}

function nativeRequest(incoming: Incoming, { model }: Wanted): Written {
  modelIn(incoming);
  const scanned = scanObject(incoming.body.chunks, ['model']);
  if (!scanned.valid || scanned.duplicates.length > 0) throw coreErrors.BODY_INVALID({ reason: 'it is not sound' });
  const body = splice(incoming.body.chunks, editMembers(scanned, { model: JSON.stringify(model) }));
  return { body, path: '/chat', method: 'POST', headers: new Map(), losses: [] };
}

function errorFrom(value: unknown, fallback: UpstreamError): UpstreamError {
  const error = isObject(value) && isObject(value['error']) ? value['error'] : {};
  const { message, kind } = error;
  return {
    ...fallback,
    ...(typeof message === 'string' && message.trim() !== '' ? { message: scrubMessage(message) } : {}),
    ...(typeof kind === 'string' && kinds.includes(kind) ? { kind: kind as ErrorKind } : {}),
  };
}

const kinds: readonly string[] = [
  'invalid-request',
  'authentication',
  'rate-limit',
  'server',
  'truncated',
  'overloaded',
];

function waitIn(headers: HeaderMap): { retryAfterMs?: number } {
  const retryAfterMs = retryAfterOf(headers);
  return retryAfterMs === undefined ? {} : { retryAfterMs };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function usageFrom(value: unknown): Usage | undefined {
  if (!Array.isArray(value)) return undefined;
  const [input, output] = value as unknown[];
  if (typeof input !== 'number' || typeof output !== 'number') return undefined;
  return { input, output, cacheRead: 0, cacheWrite: 0, reasoning: 0, estimated: false };
}

/** Reads pieces into events, whether they came one by one or in a list. */
class Pieces {
  finished = false;
  failed = false;
  #parts = 0;
  #open: { part: string; kind: string } | undefined;

  read(piece: unknown): ChatEvent[] {
    if (this.failed || !isObject(piece)) return [];
    const { model, text, think, call, end, usage, error } = piece;
    if (error !== undefined) {
      const upstream = errorFrom(piece, { kind: 'server', status: 502, message: 'It failed.' });
      return this.fail(coreErrors.UPSTREAM_FAILED({ message: upstream.message }, { kind: upstream.kind, upstream }));
    }
    if (typeof model === 'string') return [{ type: 'start', model }];
    if (typeof text === 'string') return this.#say('text', text);
    if (typeof think === 'string') return this.#say('reasoning', think);
    if (isObject(call)) return this.#call(call);
    return typeof end === 'string' ? this.#end(end, usageFrom(usage)) : [];
  }

  fail(error: GatewayError): ChatEvent[] {
    if (this.failed) return [];
    this.failed = true;
    return [{ type: 'error', error }];
  }

  #say(kind: 'text' | 'reasoning', text: string): ChatEvent[] {
    if (this.finished) return [];
    const events: ChatEvent[] = this.#open?.kind === kind ? [] : [...this.#close(), this.#begin(kind)];
    const part = this.#open?.part ?? '';
    return text === '' ? events : [...events, { type: 'part-delta', part, text }];
  }

  #begin(kind: 'text' | 'reasoning'): ChatEvent {
    this.#open = { part: `part-${this.#parts++}`, kind };
    return { type: 'part-start', part: this.#open.part, choice: 0, kind };
  }

  #close(): ChatEvent[] {
    const open = this.#open;
    this.#open = undefined;
    return open ? [{ type: 'part-end', part: open.part }] : [];
  }

  #call({ id, name, args }: JsonObject): ChatEvent[] {
    if (this.finished || typeof id !== 'string' || typeof name !== 'string' || typeof args !== 'string') return [];
    const part = `part-${this.#parts++}`;
    return [
      ...this.#close(),
      { type: 'part-start', part, choice: 0, kind: 'tool-call', callId: id, name, executedBy: 'client' },
      { type: 'part-delta', part, text: args },
      { type: 'part-end', part },
    ];
  }

  #end(raw: string, usage: Usage | undefined): ChatEvent[] {
    if (this.finished) return [];
    this.finished = true;
    const reason: FinishReason = raw === 'call' ? 'tool-calls' : raw === 'stop' ? 'stop' : 'other';
    const counted: ChatEvent[] = usage ? [{ type: 'usage', usage }] : [];
    return [...this.#close(), ...counted, { type: 'finish', choice: 0, reason, raw }];
  }
}

const truncated = (provider: string): GatewayError =>
  coreErrors.UPSTREAM_TRUNCATED({ provider }, { kind: 'truncated' });

function reader({ streamed, provider }: Parameters<Dialect['reader']>[0]): ReplyReader {
  const pieces = new Pieces();
  const events = createEventReader({ maxEventBytes: 1_000_000 });
  const chunks: Uint8Array[] = [];
  if (!streamed) {
    return {
      push: (chunk) => {
        chunks.push(chunk);
        return [];
      },
      end: () => {
        const document = parse(Buffer.concat(chunks).toString('utf8'));
        if (!isObject(document)) return pieces.fail(truncated(provider));
        const { parts, model, ...rest } = document;
        const listed = Array.isArray(parts) ? (parts as readonly Json[]) : [];
        const read = [...(model === undefined ? [] : [{ model }]), ...listed, rest].flatMap((piece) =>
          pieces.read(piece),
        );
        return pieces.finished || pieces.failed ? read : [...read, ...pieces.fail(truncated(provider))];
      },
    };
  }
  return {
    push: (chunk) => events.push(chunk).flatMap(({ data }) => pieces.read(parse(data ?? ''))),
    end: () => (pieces.finished || pieces.failed ? [] : pieces.fail(truncated(provider))),
  };
}

class Observer implements ReplyObserver {
  usage: Usage | undefined = undefined;
  model: string | undefined = undefined;
  error: UpstreamError | undefined = undefined;
  complete = false;

  event(bytes: Uint8Array): number {
    const { data } = readEvent(bytes);
    if (data === undefined) return 0;
    const piece = parse(data);
    return isObject(piece) ? this.#piece(piece) : seen.broken;
  }

  whole(bytes: Uint8Array): number {
    const document = parse(Buffer.from(bytes).toString('utf8'));
    return isObject(document) ? this.#piece(document) | seen.content : seen.broken;
  }

  fail(error: GatewayError): Uint8Array {
    return Buffer.from(failed(error));
  }

  #piece({ model, text, think, call, end, usage, error }: JsonObject): number {
    if (error !== undefined) {
      this.error = errorFrom({ error }, { kind: 'server', status: 502, message: 'It failed.' });
      return seen.error;
    }
    if (typeof model === 'string') this.model = model;
    const shows =
      (typeof text === 'string' && text !== '') || (typeof think === 'string' && think !== '') || isObject(call);
    if (typeof end !== 'string') return shows ? seen.content : 0;
    this.usage = usageFrom(usage);
    this.complete = true;
    return seen.terminal;
  }
}

const failed = (error: GatewayError): string =>
  writeEvent({ data: JSON.stringify({ error: { message: error.message, kind: error.kind } }) });

/** Gathers the events into pieces, a call once it is whole. */
class Writer implements ReplyWriter {
  readonly contentType: string;
  readonly #context: WriterContext;
  readonly #pieces: JsonObject[] = [];
  readonly #kinds = new Map<string, string>();
  #call: { id: string; name: string; args: string } | undefined;
  #begun = false;
  #usage: Usage | undefined;
  #end = 'stop';
  #model: string;

  constructor(context: WriterContext) {
    this.#context = context;
    this.#model = context.model;
    this.contentType = context.streamed ? 'text/event-stream' : 'application/json';
  }

  push(event: ChatEvent): string | undefined {
    const pieces = this.#piecesOf(event);
    if (pieces.length === 0) return undefined;
    if (!this.#context.streamed) {
      this.#pieces.push(...pieces);
      return undefined;
    }
    return this.#stream(pieces);
  }

  end(): string {
    const last = { end: this.#end, ...(this.#usage ? { usage: [this.#usage.input, this.#usage.output] } : {}) };
    if (this.#context.streamed) return this.#stream([last]);
    return writeJson({ model: this.#model, parts: this.#pieces, ...last });
  }

  fail(error: GatewayError): string {
    return failed(error);
  }

  #stream(pieces: readonly JsonObject[]): string {
    const all = this.#begun ? pieces : [{ model: this.#model }, ...pieces];
    this.#begun = true;
    return all.map((piece) => writeEvent({ data: writeJson(piece) })).join('');
  }

  #piecesOf(event: ChatEvent): JsonObject[] {
    if (event.type === 'start') this.#model = event.model ?? this.#model;
    else if (event.type === 'part-start') {
      this.#kinds.set(event.part, event.kind);
      const pieces = this.#called();
      if (event.kind === 'tool-call') this.#call = { id: event.callId ?? '', name: event.name ?? '', args: '' };
      return pieces;
    } else if (event.type === 'part-delta') return this.#delta(event.part, event.text);
    else if (event.type === 'usage') this.#usage = event.usage;
    else if (event.type === 'finish') {
      this.#end = event.raw ?? 'stop';
      return this.#called();
    }
    return [];
  }

  #delta(part: string, text: string): JsonObject[] {
    const kind = this.#kinds.get(part);
    if (kind === 'tool-call' && this.#call) this.#call.args += text;
    if (kind === 'text') return [{ text }];
    return kind === 'reasoning' ? [{ think: text }] : [];
  }

  #called(): JsonObject[] {
    const call = this.#call;
    this.#call = undefined;
    return call ? [{ call }] : [];
  }
}

/** The dialect, with whatever the caller changes in it. */
export function toyDialect(change: (dialect: Dialect) => Partial<Dialect> = () => ({})): Dialect {
  const dialect: Dialect = {
    name: 'toy',
    routes: [{ method: 'POST', path: '/toy/chat', operation: 'chat' }],
    translates: ['chat'],
    peek: (incoming) => ({ model: modelIn(incoming), streamed: requestIn(incoming)['stream'] === true }),
    nativeRequest,
    readRequest: (incoming) => {
      const { stream, say, temperature, ...rest } = requestIn(incoming);
      const model = modelIn(incoming);
      delete rest['model'];
      const turns = (Array.isArray(say) ? (say as readonly Json[]) : []).map((turn) => ({
        role: 'user' as const,
        parts: [{ kind: 'text' as const, text: said(turn) }],
      }));
      return {
        model,
        instructions: [],
        turns,
        tools: [],
        output: {},
        sampling: typeof temperature === 'number' ? { temperature } : {},
        stream: stream === true,
        wantUsage: true,
        ext: { toy: rest },
      };
    },
    writeRequest: (request, wanted) => {
      const { temperature } = request.sampling;
      const body = {
        model: wanted.model,
        stream: wanted.streamed,
        say: request.turns.map(({ parts }) => ({ text: parts[0]?.kind === 'text' ? parts[0].text : '' })),
        ...(temperature === undefined ? {} : { temperature }),
        ...request.ext['toy'],
      };
      return { body: textBody(writeJson(body)), path: '/chat', method: 'POST', headers: new Map(), losses: [] };
    },
    reader,
    observer: () => new Observer(),
    writer: (context) => new Writer(context),
    readError: (status, headers, body) =>
      errorFrom(parse(Buffer.from(body).toString('utf8')), {
        ...waitIn(headers),
        kind: status === 429 ? 'rate-limit' : status < 500 ? 'invalid-request' : 'server',
        status,
        message: `It answered with ${status}.`,
      }),
    writeError: (error) => ({
      status: error.status,
      contentType: 'application/json',
      body: JSON.stringify({ error: { message: error.message, kind: error.kind } }),
    }),
  };
  return { ...dialect, ...change(dialect) };
}
