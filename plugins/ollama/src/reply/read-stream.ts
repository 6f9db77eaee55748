import { type ChatEvent, coreErrors, EventTooLarge, type GatewayError, type ReplyReader } from '@tapgate/core';
import { LineSplitter } from '../split-lines.ts';
import { lineIn } from './line-in.ts';
import { readWhole } from './read-whole.ts';
import { ReplyEvents } from './reply-events.ts';

const MAX_LINE_BYTES = 64 * 1024 * 1024;

/** Reads a stream of an answer: one document a line. A document over several lines in the stream's place is borne. */
export class StreamReader implements ReplyReader {
  readonly #provider: string;
  readonly #lines = new LineSplitter(MAX_LINE_BYTES);
  readonly #reply = new ReplyEvents();
  /** Lines that make no sense by themselves, from the very beginning on. */
  #document: Uint8Array[] | undefined;
  #begun = false;
  #failed = false;

  constructor(provider: string) {
    this.#provider = provider;
  }

  push(chunk: Uint8Array): readonly ChatEvent[] {
    if (this.#isOver) return [];
    const events: ChatEvent[] = [];
    try {
      this.#lines.push(chunk, (bytes) => events.push(...this.#take(bytes)));
    } catch (error) {
      if (!(error instanceof EventTooLarge)) throw error;
      const { maxEventBytes: limit } = error;
      events.push(...this.#fail(coreErrors.UPSTREAM_TOO_LARGE({ provider: this.#provider, limit })));
    }
    return events;
  }

  end(): readonly ChatEvent[] {
    if (this.#isOver) return [];
    const rest = this.#lines.end();
    const provider = this.#provider;
    if (this.#document !== undefined)
      return readWhole(
        Buffer.concat([...this.#document, ...(rest === undefined ? [] : [rest])]).toString('utf8'),
        provider,
      );
    const line = rest === undefined ? 'blank' : lineIn(rest);
    // What was cut in the middle of a line is no line.
    const events = line === undefined || line === 'blank' ? [] : [...this.#reply.take(line)];
    if (this.#isOver) return events;
    return [...events, ...this.#fail(coreErrors.UPSTREAM_TRUNCATED({ provider }, { kind: 'truncated' }))];
  }

  get #isOver(): boolean {
    return this.#failed || this.#reply.over;
  }

  #take(bytes: Uint8Array): readonly ChatEvent[] {
    if (this.#isOver) return [];
    if (this.#document !== undefined) {
      this.#document.push(Uint8Array.from(bytes));
      return [];
    }
    const line = lineIn(bytes);
    if (line === 'blank') return [];
    if (line !== undefined) {
      this.#begun = true;
      return this.#reply.take(line);
    }
    const isBeginning = !this.#begun && Buffer.from(bytes).toString('utf8').trim() === '{';
    if (!isBeginning)
      return this.#fail(coreErrors.UPSTREAM_MALFORMED({ provider: this.#provider, reason: 'a line is not JSON' }));
    this.#document = [Uint8Array.from(bytes)];
    return [];
  }

  #fail(error: GatewayError): readonly ChatEvent[] {
    this.#failed = true;
    return [{ type: 'error', error }];
  }
}
