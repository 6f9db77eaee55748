import type { ChatEvent } from './canonical/events.ts';

const fullAt = 256;

/** Events between a synchronous source and an asynchronous reader, bounded by telling the source to wait. */
export class EventQueue implements AsyncIterable<ChatEvent> {
  #events: ChatEvent[] = [];
  #at = 0;
  #ended = false;
  #paused = false;
  #wakeReader: (() => void) | undefined;
  #wakePaused: (() => void) | undefined;
  readonly #whenDrained: (() => void) | undefined;

  constructor(whenDrained?: () => void) {
    this.#whenDrained = whenDrained;
  }

  get empty(): boolean {
    return this.#at === this.#events.length;
  }

  get full(): boolean {
    return this.#events.length - this.#at >= fullAt;
  }

  /** True when the source should wait. */
  push(event: ChatEvent): boolean {
    this.#events.push(event);
    this.#wake();
    return this.full;
  }

  end(): void {
    this.#ended = true;
    this.#wake();
  }

  /** Ends it at once: what is queued is dropped. */
  close(): void {
    this.#events = [];
    this.#at = 0;
    this.end();
    this.resume();
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    const wake = this.#wakePaused;
    this.#wakePaused = undefined;
    wake?.();
  }

  /** Resolves when nobody asks to wait. */
  async whenFlowing(): Promise<void> {
    while (this.#paused) {
      await new Promise<void>((resolve) => {
        this.#wakePaused = resolve;
      });
    }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<ChatEvent> {
    for (;;) {
      const event = this.#next();
      if (event !== undefined) {
        yield event;
        continue;
      }
      if (this.#ended) return;
      await new Promise<void>((resolve) => {
        this.#wakeReader = resolve;
      });
    }
  }

  #next(): ChatEvent | undefined {
    const event = this.#events[this.#at];
    if (event === undefined) return undefined;
    this.#at += 1;
    if (this.#at === this.#events.length) {
      this.#events = [];
      this.#at = 0;
      this.#whenDrained?.();
    }
    return event;
  }

  #wake(): void {
    const wake = this.#wakeReader;
    this.#wakeReader = undefined;
    wake?.();
  }
}
