import {
  asString,
  type ChatEvent,
  coreErrors,
  type GatewayError,
  isObject,
  type JsonObject,
  type ReplyReader,
  readJson,
} from '@tapgate/core';
import { type Frame, FrameBroken, readFrame } from '../frames/frame.ts';
import { FrameSplitter } from '../frames/split-frames.ts';
import { readException, upstreamError } from '../read-error.ts';
import { indexOf } from './read-citation.ts';
import { ReplyEvents, type ReplyOrigin } from './reply-events.ts';
import { readWhole } from './read-whole.ts';

const MAX_EVENT_BYTES = 64 * 1024 * 1024;
/** A message cannot begin with it, unless it had more than two thousand million bytes. */
const OPEN_BRACE = 0x7b;
const raw = new Set(['json']);

/** Reads a stream of an answer: binary messages, each with its checksums. A document in the stream's place is borne. */
export class StreamReader implements ReplyReader {
  readonly #origin: ReplyOrigin;
  readonly #splitter = new FrameSplitter(MAX_EVENT_BYTES);
  readonly #reply: ReplyEvents;
  /** What has come of a document that stands in the stream's place. */
  #document: Uint8Array[] | undefined;
  #begun = false;
  #over = false;

  constructor(origin: ReplyOrigin) {
    this.#origin = origin;
    this.#reply = new ReplyEvents(origin);
  }

  push(chunk: Uint8Array): readonly ChatEvent[] {
    if (this.#over || chunk.byteLength === 0) return [];
    if (!this.#begun && chunk[0] === OPEN_BRACE) this.#document = [];
    this.#begun = true;
    if (this.#document !== undefined) {
      this.#document.push(chunk);
      return [];
    }
    const events: ChatEvent[] = [];
    try {
      this.#splitter.push(chunk, (bytes) => this.#frame(readFrame(bytes), events));
    } catch (error) {
      if (!(error instanceof FrameBroken)) throw error;
      events.push(...this.#fail(this.#malformed(error.message)));
    }
    return events;
  }

  end(): readonly ChatEvent[] {
    if (this.#over) return [];
    this.#over = true;
    if (this.#document !== undefined) return readWhole(Buffer.concat(this.#document).toString('utf8'), this.#origin);
    const { provider } = this.#origin;
    return [{ type: 'error', error: coreErrors.UPSTREAM_TRUNCATED({ provider }, { kind: 'truncated' }) }];
  }

  #frame({ headers, payload }: Frame, events: ChatEvent[]): void {
    if (this.#over) return;
    const text = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString('utf8');
    const failed = failureIn(headers, text);
    if (failed !== undefined) {
      events.push(...this.#fail(failed));
      return;
    }
    const event = objectOf(text);
    if (event === undefined) {
      events.push(...this.#fail(this.#malformed('an event is not JSON')));
      return;
    }
    // Random letters, so that nobody learns from an event's length what it says.
    delete event['p'];
    this.#event(headers[':event-type'] ?? '', event, events);
  }

  #event(name: string, event: JsonObject, events: ChatEvent[]): void {
    const reply = this.#reply;
    switch (name) {
      case 'contentBlockDelta':
        if (isObject(event['delta'])) this.#delta(indexOf(event), event['delta'], event, events);
        break;
      case 'contentBlockStart':
        if (isObject(event['start'])) this.#start(indexOf(event), event['start'], events);
        break;
      case 'contentBlockStop':
        reply.close(indexOf(event), events);
        break;
      case 'messageStart':
        reply.start(event, events);
        break;
      case 'messageStop':
        reply.stop(event, events);
        break;
      case 'metadata':
        if (reply.metadata(event, events)) this.#over = true;
        break;
      default:
        reply.unknown(name, event, events);
    }
  }

  #start(index: number, start: JsonObject, events: ChatEvent[]): void {
    if (isObject(start['toolUse'])) this.#reply.call(index, start['toolUse'], events);
    else this.#reply.whole(index, start, events);
  }

  #delta(index: number, delta: JsonObject, event: JsonObject, events: ChatEvent[]): void {
    const [[name, value] = []] = Object.entries(delta);
    const reply = this.#reply;
    if (name === 'text') reply.text(index, asString(value) ?? '', events);
    else if (name === 'toolUse' && isObject(value)) reply.input(index, asString(value['input']) ?? '', events);
    else if (name === 'reasoningContent' && isObject(value)) reply.reasoning(index, value, events);
    else if (name === 'citation' && isObject(value)) reply.source(index, value, events);
    else if (name === 'toolResult' || name === 'image') reply.more(index, name, value ?? null, events);
    else reply.unknown('contentBlockDelta', event, events);
  }

  #malformed(reason: string): GatewayError {
    return coreErrors.UPSTREAM_MALFORMED({ provider: this.#origin.provider, reason });
  }

  #fail(error: GatewayError): readonly ChatEvent[] {
    this.#over = true;
    return [{ type: 'error', error }];
  }
}

/** The error that a message is, if it is one: an exception of the service, or a fault of the transport. */
function failureIn(headers: Frame['headers'], payload: string): GatewayError | undefined {
  switch (headers[':message-type']) {
    case 'exception':
      return upstreamError(readException(headers[':exception-type'], payload));
    case 'error':
      return upstreamError(readException(headers[':error-code'], headers[':error-message'] ?? payload));
    default:
      return undefined;
  }
}

function objectOf(text: string): JsonObject | undefined {
  try {
    const value = readJson(text, { raw });
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
