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
  type Json,
  type JsonObject,
  parseObject,
  type ReplyReader,
  type SseEvent,
} from '@tapgate/core';
import { messageOf, upstreamError } from '../read-error.ts';
import { ReplyEvents } from './reply-events.ts';
import { readWhole } from './read-whole.ts';

const MAX_EVENT_BYTES = 64 * 1024 * 1024;

/** Reads a stream of an answer. A document in the stream's place is borne, and so are events without framing, one a line. */
export class StreamReader implements ReplyReader {
  readonly #provider: string;
  readonly #reader: EventReader = createEventReader({ maxEventBytes: MAX_EVENT_BYTES });
  readonly #reply = new ReplyEvents();
  /** Bytes from the beginning, until they are known to be events. */
  #beginning: Uint8Array[] | undefined = [];
  #over = false;

  constructor(provider: string) {
    this.#provider = provider;
  }

  push(chunk: Uint8Array): readonly ChatEvent[] {
    if (this.#over) return [];
    this.#beginning?.push(chunk);
    try {
      return this.#read(this.#reader.push(chunk));
    } catch (error) {
      if (!(error instanceof EventTooLarge)) throw error;
      return this.#fail(coreErrors.UPSTREAM_TOO_LARGE({ provider: this.#provider, limit: error.maxEventBytes }));
    }
  }

  end(): readonly ChatEvent[] {
    if (this.#over) return [];
    // What was cut in the middle of an event is no event.
    const events = [...this.#read(this.#reader.end().filter((event) => !isCut(event)))];
    const text = Buffer.concat(this.#beginning ?? [])
      .toString('utf8')
      .trim();
    if (!this.#over && text.startsWith('{')) {
      if (parseObject(text) !== undefined || !text.includes('\n')) return readWhole(text, this.#provider);
      for (const line of text.split('\n')) if (line.trim() !== '') events.push(...this.take(line));
    }
    if (this.#over) return events;
    const provider = this.#provider;
    return [...events, ...this.#fail(coreErrors.UPSTREAM_TRUNCATED({ provider }, { kind: 'truncated' }))];
  }

  /** One event's data. */
  take(data: string): readonly ChatEvent[] {
    if (this.#over) return [];
    if (data.trim() === '[DONE]') return [];
    const event = parseObject(data);
    if (event === undefined)
      return this.#fail(coreErrors.UPSTREAM_MALFORMED({ provider: this.#provider, reason: 'an event is not JSON' }));
    const events: ChatEvent[] = [];
    this.#event(event, events);
    if (events.at(-1)?.type === 'error') this.#over = true;
    return events;
  }

  #read(sent: readonly SseEvent[]): readonly ChatEvent[] {
    const events: ChatEvent[] = [];
    for (const { data } of sent) {
      if (data === undefined) continue;
      this.#beginning = undefined;
      events.push(...this.take(data));
    }
    return events;
  }

  #event(event: JsonObject, events: ChatEvent[]): void {
    const reply = this.#reply;
    const index = asNumber(event['index']) ?? 0;
    const message = messageIn(event);
    switch (event['type']) {
      case 'content-delta':
        reply.more(index, objectOf(message['content']), event['logprobs'], events);
        break;
      case 'content-start':
        reply.content(index, objectOf(message['content']), events);
        break;
      case 'content-end':
        reply.close(`content ${index}`, events);
        break;
      case 'tool-plan-delta':
        reply.plan(asString(message['tool_plan']) ?? '', events);
        break;
      case 'tool-call-start':
        reply.call(index, objectOf(message['tool_calls']), events);
        break;
      case 'tool-call-delta':
        reply.arguments(index, argumentsIn(message['tool_calls']), events);
        break;
      case 'tool-call-end':
        reply.close(`call ${index}`, events);
        break;
      case 'citation-start':
        if (isObject(message['citations'])) reply.source(message['citations'], events);
        break;
      case 'citation-end':
        break;
      case 'message-start':
        reply.start(event['id'], message, events);
        break;
      case 'message-end':
        this.#end(event, events);
        break;
      default:
        this.#other(event, events);
    }
  }

  #end(event: JsonObject, events: ChatEvent[]): void {
    const { type: _type, id: _id, delta, ...more } = event;
    this.#reply.finish(objectOf(delta), more, events);
    this.#over = true;
  }

  #other(event: JsonObject, events: ChatEvent[]): void {
    const said = messageOf(event);
    if (said !== undefined) events.push({ type: 'error', error: upstreamError(said) });
    else this.#reply.unknown(asString(event['type']) ?? '', event, events);
  }

  #fail(error: GatewayError): readonly ChatEvent[] {
    this.#over = true;
    return [{ type: 'error', error }];
  }
}

function isCut({ unterminated, data }: SseEvent): boolean {
  return unterminated === true && parseObject(data ?? '') === undefined;
}

function messageIn({ delta }: JsonObject): JsonObject {
  return isObject(delta) ? objectOf(delta['message']) : {};
}

function argumentsIn(calls: Json | undefined): string {
  const called = objectOf(objectOf(calls)['function']);
  return asString(called['arguments']) ?? '';
}

function objectOf(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {};
}
