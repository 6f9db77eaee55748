import {
  createEventReader,
  EventTooLarge,
  RepeatedEvent,
  type Capabilities,
  type ChatEvent,
  type EventReader,
  type ReplyReader,
  type SseEvent,
} from '@tapgate/core';
import { wordOf } from '../capabilities.ts';
import { AnswerReader } from './answer-reader.ts';
import { readChunk, readWhole } from './read-chunk.ts';

const maxEventBytes = 64 * 1024 * 1024;
const openBrace = 0x7b;
/** White space and a byte-order mark: nothing that tells a document from a stream. */
const blank: ReadonlySet<number> = new Set([0x09, 0x0a, 0x0d, 0x20, 0xef, 0xbb, 0xbf]);

/** Wherever a chunk may say a piece of text. */
const changing = {
  texts: [
    'content',
    'reasoning_content',
    'reasoning',
    'refusal',
    'arguments',
    'input',
    'text',
    'thinking',
    'summary',
    'transcript',
  ],
  // Padding against guesses by length.
  unheard: ['obfuscation'],
};

/**
 * Reads an answer of this dialect, a stream or a document. Which of them it is, its first byte tells: some servers answer
 * a request for a stream with a document, and the other way round.
 */
export class ChatReader implements ReplyReader {
  readonly #answer: AnswerReader;
  readonly #chunks: Uint8Array[] = [];
  readonly #repeated: RepeatedEvent | undefined;
  /** The part that the event before said more of. */
  #part = '';
  #framing: 'unknown' | 'events' | 'document' = 'unknown';
  #reader: EventReader | undefined;
  #marked = false;

  constructor(of: { readonly provider: string; readonly able: Capabilities }) {
    this.#answer = new AnswerReader(of.provider, of.able);
    // Where thoughts stand between marks in the text, every piece is searched for them.
    if (!thinksInText(of.able)) this.#repeated = new RepeatedEvent(changing);
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
    const more = event === undefined ? this.#repeated?.again(text) : undefined;
    if (more) {
      events.push({ type: 'part-delta', part: this.#part, text: more });
      return;
    }
    const chunk = readChunk(text);
    const from = events.length;
    if (chunk !== undefined) {
      this.#answer.chunk(chunk, event, events);
      this.#compare(text, events, from);
    } else if (unterminated !== true) this.#answer.malformed('an event that is no JSON object', events);
  }

  /** An event that only said more of a text may come again. */
  #compare(text: string, events: readonly ChatEvent[], from: number): void {
    const said = events.length === from + 1 ? events[from] : undefined;
    if (said?.type !== 'part-delta' || said.logprobs !== undefined) {
      this.#repeated?.forget();
      return;
    }
    this.#part = said.part;
    this.#repeated?.learn(text, said.text);
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

function thinksInText(able: Capabilities): boolean {
  const way = wordOf(able, 'reasoningOut');
  return way === 'think-tags' || way === 'think-tags-implied';
}
