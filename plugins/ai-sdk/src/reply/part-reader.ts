import { type ChatEvent, type FinishReason, type GatewayError, coreErrors, upstreamFailed } from '@tapgate/core';
import type { LanguageModelV3StreamPart, LanguageModelV4StreamPart, SharedV4ProviderMetadata } from '@ai-sdk/provider';
import { sealOf } from '../origin.ts';
import { type Failing, readSaid } from './read-failure.ts';
import { usageOf } from './usage-of.ts';

/** One part of an answer in either version of the specification. */
export type StreamPart = LanguageModelV3StreamPart | LanguageModelV4StreamPart;

type Of<Type extends StreamPart['type']> = Extract<StreamPart, { type: Type }>;

interface OpenPart {
  readonly part: string;
  readonly kind: 'text' | 'reasoning' | 'tool-call';
  /** What of a call's arguments has gone out. */
  written: boolean;
  /** Its deltas are not the JSON that its arguments are. */
  readonly unread: boolean;
  metadata: SharedV4ProviderMetadata | undefined;
}

const reasons: Readonly<Record<string, FinishReason>> = {
  stop: 'stop',
  length: 'length',
  'content-filter': 'content-filter',
  'tool-calls': 'tool-calls',
};

/** What the reader is told beside the parts. */
export interface Reading extends Failing {
  readonly streamed: boolean;
  /** Is told what of an answer has no word here. */
  readonly note: (reason: string) => void;
}

/** Reads the parts of one answer into canonical events: a state machine, because packages use one id for several parts. */
export class PartReader {
  readonly #reading: Reading;
  readonly #open = new Map<string, OpenPart>();
  #count = 0;
  #started = false;
  #called = false;

  constructor(reading: Reading) {
    this.#reading = reading;
  }

  read(part: StreamPart): readonly ChatEvent[] {
    switch (part.type) {
      case 'stream-start':
      case 'raw':
        return [];
      case 'ping':
        return [{ type: 'ping' }];
      case 'response-metadata':
        return this.#metadata(part);
      case 'text-start':
      case 'reasoning-start':
        return this.#begin(part.type === 'text-start' ? 'text' : 'reasoning', part.id, part.providerMetadata);
      case 'text-delta':
      case 'reasoning-delta':
        return this.#delta(part);
      case 'text-end':
      case 'reasoning-end':
        return this.#endBlock(part);
      case 'tool-input-start':
        return this.#beginCall(part.id, part);
      case 'tool-input-delta':
        return this.#inputDelta(part);
      case 'tool-input-end':
        return [];
      case 'tool-call':
        return this.#call(part);
      case 'source':
        return [...this.#start(), { type: 'source', choice: 0, citation: citationOf(part) }];
      case 'file':
        return this.#file(part);
      case 'finish':
        return this.#finish(part);
      case 'error':
        return [...this.#start(), { type: 'error', error: readSaid(part.error, this.#reading) }];
      default:
        this.#reading.note(`the answer has a part of the type "${part.type}", which no dialect here has a word for`);
        return [];
    }
  }

  #start(): readonly ChatEvent[] {
    if (this.#started) return [];
    this.#started = true;
    return [{ type: 'start', model: this.#reading.model }];
  }

  #metadata({ id, modelId, timestamp }: Of<'response-metadata'>): readonly ChatEvent[] {
    this.#started = true;
    const created = timestamp instanceof Date ? Math.floor(timestamp.getTime() / 1000) : Number.NaN;
    return [
      {
        type: 'start',
        model: modelId ?? this.#reading.model,
        ...(id === undefined ? {} : { id }),
        ...(Number.isNaN(created) ? {} : { created }),
      },
    ];
  }

  #begin(kind: 'text' | 'reasoning', id: string, metadata?: SharedV4ProviderMetadata): readonly ChatEvent[] {
    const before = this.#end(`${kind} ${id}`);
    const part = this.#next();
    this.#open.set(`${kind} ${id}`, { part, kind, written: false, unread: false, metadata });
    return [...this.#start(), ...before, { type: 'part-start', part, choice: 0, kind }];
  }

  #delta({ type, id, delta, providerMetadata }: Of<'text-delta' | 'reasoning-delta'>): readonly ChatEvent[] {
    const kind = type === 'text-delta' ? 'text' : 'reasoning';
    const begun = this.#open.has(`${kind} ${id}`) ? [] : this.#begin(kind, id);
    const open = this.#open.get(`${kind} ${id}`);
    if (open === undefined) return begun;
    open.metadata = providerMetadata ?? open.metadata;
    return delta === '' ? begun : [...begun, { type: 'part-delta', part: open.part, text: delta }];
  }

  #endBlock(ended: Of<'text-end' | 'reasoning-end'>): readonly ChatEvent[] {
    const key = `${ended.type === 'text-end' ? 'text' : 'reasoning'} ${ended.id}`;
    const part = this.#open.get(key)?.part;
    const citations = 'citations' in ended ? (ended.citations ?? []) : [];
    const sources = citations.map(({ source, citedText }): ChatEvent => {
      const citation = { ...citationOf(source), ...(citedText === undefined ? {} : { text: citedText }) };
      return { type: 'source', choice: 0, citation, ...(part === undefined ? {} : { part }) };
    });
    return [...sources, ...this.#end(key, ended.providerMetadata)];
  }

  #beginCall(
    callId: string,
    {
      toolName,
      providerExecuted = false,
      ...more
    }: Pick<Of<'tool-input-start'>, 'toolName' | 'providerExecuted'> & Partial<Of<'tool-input-start'>>,
  ): readonly ChatEvent[] {
    const part = this.#next();
    const unread = 'inputEncoding' in more && more.inputEncoding === 'text';
    this.#open.set(`call ${callId}`, {
      part,
      kind: 'tool-call',
      written: false,
      unread,
      metadata: more.providerMetadata,
    });
    this.#called ||= !providerExecuted;
    const executedBy = providerExecuted ? 'provider' : 'client';
    return [
      ...this.#start(),
      { type: 'part-start', part, choice: 0, kind: 'tool-call', callId, name: toolName, executedBy },
    ];
  }

  #inputDelta({ id, delta }: Of<'tool-input-delta'>): readonly ChatEvent[] {
    const open = this.#open.get(`call ${id}`);
    if (open === undefined || open.unread || delta === '') return [];
    open.written = true;
    return [{ type: 'part-delta', part: open.part, text: delta }];
  }

  /** The whole call, which ends it; its arguments have mostly gone out by then. */
  #call(call: Of<'tool-call'>): readonly ChatEvent[] {
    const key = `call ${call.toolCallId}`;
    const begun = this.#open.has(key) ? [] : this.#beginCall(call.toolCallId, call as never);
    const open = this.#open.get(key);
    const input = typeof call.input === 'string' ? call.input : JSON.stringify(call.input);
    const rest: readonly ChatEvent[] =
      open === undefined || open.written || input === '' ? [] : [{ type: 'part-delta', part: open.part, text: input }];
    return [...begun, ...rest, ...this.#end(key, call.providerMetadata)];
  }

  #file({ mediaType, data }: Of<'file'>): readonly ChatEvent[] {
    const part = this.#next();
    return [
      ...this.#start(),
      { type: 'part-start', part, choice: 0, kind: 'media', mediaType, ...dataOf(data) },
      { type: 'part-end', part },
    ];
  }

  #end(key: string, metadata?: SharedV4ProviderMetadata): readonly ChatEvent[] {
    const open = this.#open.get(key);
    if (open === undefined) return [];
    this.#open.delete(key);
    const seal = sealOf(metadata ?? open.metadata, this.#reading.provider, this.#reading.model);
    return [{ type: 'part-end', part: open.part, ...(seal === undefined ? {} : { seal }) }];
  }

  #finish({ finishReason, usage }: Of<'finish'>): readonly ChatEvent[] {
    const counted = usageOf(usage);
    const ended = [...this.#open.keys()].flatMap((key) => this.#end(key));
    const told: readonly ChatEvent[] = counted === undefined ? [] : [{ type: 'usage', usage: counted }];
    const error = this.#broken(finishReason);
    if (error !== undefined) return [...this.#start(), ...told, { type: 'error', error }];
    const { unified, raw } = finishReason;
    const reason = this.#called && (unified === 'stop' || unified === 'other') ? 'tool-calls' : reasons[unified];
    const finish = { type: 'finish', choice: 0, reason: reason ?? 'other' } as const;
    return [...this.#start(), ...ended, ...told, raw === undefined ? finish : { ...finish, raw }];
  }

  /** Packages end a stream that was cut off as if it were complete: without the vendor's own word it is none. */
  #broken({ unified, raw }: Of<'finish'>['finishReason']): GatewayError | undefined {
    const { provider, streamed } = this.#reading;
    const unsaid = unified === 'other' && raw === undefined && streamed;
    if (unsaid || unified === 'interrupted') return coreErrors.UPSTREAM_TRUNCATED({ provider });
    if (unified !== 'error') return undefined;
    const message = 'The model stopped because of an error.';
    return upstreamFailed(provider, { kind: 'server', status: 500, message });
  }

  #next(): string {
    this.#count += 1;
    return `part-${this.#count}`;
  }
}

function citationOf(source: Of<'source'>): { readonly url?: string; readonly title?: string } {
  const { title } = source;
  return {
    ...(source.sourceType === 'url' ? { url: source.url } : {}),
    ...(title === undefined ? {} : { title }),
  };
}

function dataOf(data: Of<'file'>['data']): { readonly base64: string } | { readonly url: string } {
  if (typeof data === 'string') return { base64: data };
  if (data instanceof Uint8Array) return { base64: Buffer.from(data).toString('base64') };
  return data.type === 'url' ? { url: String(data.url) } : dataOf(data.data);
}
