import {
  createEventReader,
  EventTooLarge,
  type Capabilities,
  type ChatEvent,
  type EventReader,
  type ReplyReader,
  type SseEvent,
} from '@tapgate/core';
import { AnswerReader } from './answer-reader.ts';
import { readChunk, readWhole } from './read-chunk.ts';

const maxEventBytes = 64 * 1024 * 1024;
const openBrace = 0x7b;
/** White space and a byte-order mark: nothing that tells a document from a stream. */
const blank: ReadonlySet<number> = new Set([0x09, 0x0a, 0x0d, 0x20, 0xef, 0xbb, 0xbf]);

/**
 * Reads an answer of this dialect, a stream or a document. Which of them it is, its first byte tells: some servers answer
 * a request for a stream with a document, and the other way round.
 */
export class ChatReader implements ReplyReader {
  readonly #answer: AnswerReader;
  readonly #chunks: Uint8Array[] = [];
  #framing: 'unknown' | 'events' | 'document' = 'unknown';
  #reader: EventReader | undefined;
  #marked = false;

  constructor(of: { readonly provider: string; readonly able: Capabilities }) {
    this.#answer = new AnswerReader(of.provider, of.able);
  }

  push(chunk: Uint8Array): readonly ChatEvent[] {
    const events: ChatEvent[] = [];
    if (this.#answer.over) return events;
    if (this.#framing === 'unknown') this.#sniff(chunk);
    if (this.#framing === 'events') this.#stream(chunk, events);
    else this.#chunks.push(chunk);
    return events;
  }

  end(): readonly ChatEvent[] {
    const events: ChatEvent[] = [];
    if (this.#framing === 'document') this.#document(events);
    else {
      for (const event of this.#reader?.end() ?? []) this.#event(event, events);
      this.#answer.end(this.#marked, events);
    }
    return events;
  }

  #sniff(chunk: Uint8Array): void {
    const first = chunk.find((byte) => !blank.has(byte));
    if (first === undefined) return;
    this.#framing = first === openBrace ? 'document' : 'events';
  }

  #stream(chunk: Uint8Array, events: ChatEvent[]): void {
    this.#reader ??= createEventReader({ maxEventBytes });
    try {
      for (const held of this.#chunks.splice(0))
        for (const event of this.#reader.push(held)) this.#event(event, events);
      for (const event of this.#reader.push(chunk)) this.#event(event, events);
    } catch (error) {
      if (!(error instanceof EventTooLarge)) throw error;
      this.#answer.malformed('an event too large to be one', events);
    }
  }

  #event({ event, data, unterminated }: SseEvent, events: ChatEvent[]): void {
    const text = data?.trim();
    if (text === undefined || text === '' || this.#answer.over) return;
    if (text === '[DONE]') {
      this.#marked = true;
      this.#answer.end(true, events);
      return;
    }
    const chunk = readChunk(text);
    if (chunk !== undefined) this.#answer.chunk(chunk, event, events);
    else if (unterminated !== true) this.#answer.malformed('an event that is no JSON object', events);
  }

  #document(events: ChatEvent[]): void {
    const text = Buffer.concat(this.#chunks)
      .toString('utf8')
      .replace(/^\uFEFF/, '');
    const json = readWhole(text);
    if (json === undefined) this.#answer.cut(events, true);
    else {
      this.#answer.chunk(json, undefined, events);
      this.#answer.end(true, events);
    }
  }
}
