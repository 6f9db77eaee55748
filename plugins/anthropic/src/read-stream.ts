import {
  asNumber,
  asString,
  type ChatEvent,
  coreErrors,
  createEventReader,
  type EventReader,
  EventTooLarge,
  type GatewayError,
  isObject,
  type JsonObject,
  parseObject,
  readJson,
  RepeatedEvent,
  type ReplyReader,
  type SseEvent,
} from '@tapgate/core';
import { upstreamError } from './read-error.ts';
import { ReplyEvents } from './reply-events.ts';
import { readWhole } from './read-whole.ts';

const MAX_EVENT_BYTES = 64 * 1024 * 1024;
const raw = new Set(['input']);

/** Wherever an event may say a piece of text. */
const changing = { texts: ['text', 'thinking', 'partial_json', 'signature', 'cited_text'] };

/** Reads a stream of an answer. Duplicate beginnings, unknown blocks, and a document in a stream's place are borne. */
export class StreamReader implements ReplyReader {
  readonly #provider: string;
  readonly #reader: EventReader = createEventReader({ maxEventBytes: MAX_EVENT_BYTES });
  readonly #reply: ReplyEvents;
  readonly #repeated = new RepeatedEvent(changing);
  /** The part that the event before said more of. */
  #part = '';
  /** Bytes from the beginning, until they are known to be events. */
  #beginning: Uint8Array[] | undefined = [];
  #over = false;

  constructor(provider: string) {
    this.#provider = provider;
    this.#reply = new ReplyEvents(provider);
  }

  push(chunk: Uint8Array): readonly ChatEvent[] {
    if (this.#over) return [];
    this.#beginning?.push(chunk);
    try {
      return this.#all(this.#reader.push(chunk));
    } catch (error) {
      if (!(error instanceof EventTooLarge)) throw error;
      return this.#fail(coreErrors.UPSTREAM_TOO_LARGE({ provider: this.#provider, limit: error.maxEventBytes }));
    }
  }

  end(): readonly ChatEvent[] {
    if (this.#over) return [];
    const events = [...this.#all(this.#reader.end())];
    if (this.#over) return events;
    this.#over = true;
    const text = Buffer.concat(this.#beginning ?? []).toString('utf8');
    if (text.trimStart().startsWith('{')) return readWhole(text, this.#provider);
    events.push({
      type: 'error',
      error: coreErrors.UPSTREAM_TRUNCATED({ provider: this.#provider }, { kind: 'truncated' }),
    });
    return events;
  }

  #all(sent: readonly SseEvent[]): readonly ChatEvent[] {
    const events: ChatEvent[] = [];
    for (const { data, unterminated } of sent) {
      if (data === undefined || this.#over) continue;
      this.#beginning = undefined;
      // The last event of a stream that was cut may be cut itself.
      if (!unterminated || parseObject(data) !== undefined) this.#event(data, events);
    }
    return events;
  }

  #event(data: string, events: ChatEvent[]): void {
    const more = this.#repeated.again(data);
    if (more) {
      events.push({ type: 'part-delta', part: this.#part, text: more });
      return;
    }
    const from = events.length;
    this.#read(data, events);
    const said = events.length === from + 1 ? events[from] : undefined;
    if (said?.type !== 'part-delta') {
      this.#repeated.forget();
      return;
    }
    this.#part = said.part;
    this.#repeated.learn(data, said.text);
  }

  #read(data: string, events: ChatEvent[]): void {
    const event = parseObject(data);
    if (event === undefined) {
      events.push(
        ...this.#fail(coreErrors.UPSTREAM_MALFORMED({ provider: this.#provider, reason: 'an event is not JSON' })),
      );
      return;
    }
    const reply = this.#reply;
    switch (event['type']) {
      case 'content_block_delta':
        reply.delta(asNumber(event['index']) ?? 0, isObject(event['delta']) ? event['delta'] : {}, event, events);
        break;
      case 'content_block_start':
        reply.open(asNumber(event['index']) ?? 0, exactBlock(data), events);
        break;
      case 'content_block_stop':
        reply.close(asNumber(event['index']) ?? 0, events);
        break;
      case 'message_start':
        if (isObject(event['message'])) reply.start(event['message'], events);
        break;
      case 'message_delta':
        reply.finish(event, events);
        break;
      case 'message_stop':
        this.#over = true;
        break;
      case 'ping':
        events.push({ type: 'ping' });
        break;
      case 'error':
        events.push(...this.#fail(upstreamError(event)));
        break;
      default:
        reply.unknown(asString(event['type']), event, events);
    }
  }

  #fail(error: GatewayError): readonly ChatEvent[] {
    this.#over = true;
    return [{ type: 'error', error }];
  }
}

/** A block's beginning with the digits and the order of its input as they were written. */
function exactBlock(data: string): JsonObject {
  const event = readJson(data, { raw });
  return isObject(event) && isObject(event['content_block']) ? event['content_block'] : {};
}
