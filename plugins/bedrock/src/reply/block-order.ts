import type { Citation, PartEndEvent, PartStartEvent, SourceEvent } from '@tapgate/core';

/** Takes blocks strictly one after the other, numbered without gaps. */
export interface BlockSink {
  open(index: number, part: PartStartEvent): void;
  text(index: number, part: PartStartEvent, text: string): void;
  source(index: number, citation: Citation): void;
  close(index: number, part: PartStartEvent, end: PartEndEvent): void;
}

/** A part, and what came of it while another one was open. */
interface Waiting {
  readonly start: PartStartEvent;
  readonly pieces: (string | Citation)[];
  end?: PartEndEvent;
}

/**
 * Puts parts that are open side by side into blocks that are not: what comes of a later part waits until the earlier
 * ones are closed. A part of another vendor that shows nothing becomes no block, because the API would not take it back.
 */
export class BlockOrder {
  readonly #sink: BlockSink;
  readonly #parts = new Map<string, Waiting>();
  /** In the order they began; the first is the one that is written. */
  readonly #queue: Waiting[] = [];
  #index = 0;
  #isOpen = false;

  constructor(sink: BlockSink) {
    this.#sink = sink;
  }

  start(start: PartStartEvent): void {
    const waiting: Waiting = { start, pieces: [] };
    this.#parts.set(start.part, waiting);
    this.#queue.push(waiting);
    if (this.#queue.length === 1 && shows(start)) this.#open(waiting);
  }

  delta(part: string, text: string): void {
    const waiting = this.#parts.get(part);
    if (waiting === undefined || text === '') return;
    if (waiting === this.#queue[0]) this.#write(waiting, text);
    else waiting.pieces.push(text);
  }

  end(end: PartEndEvent): void {
    const waiting = this.#parts.get(end.part);
    if (waiting === undefined) return;
    this.#parts.delete(end.part);
    waiting.end = end;
    if (waiting === this.#queue[0]) this.#advance();
  }

  /** A source for its part, or for the text that is open. One for a text that is closed is too late. */
  source({ part, citation }: SourceEvent): void {
    const waiting =
      part === undefined ? this.#queue.findLast(({ start }) => start.kind === 'text') : this.#parts.get(part);
    if (waiting?.start.kind !== 'text') return;
    if (waiting === this.#queue[0]) this.#write(waiting, citation);
    else waiting.pieces.push(citation);
  }

  /** Closes whatever is open: the answer has ended. */
  finish(): void {
    for (const waiting of this.#queue) waiting.end ??= { type: 'part-end', part: waiting.start.part };
    this.#parts.clear();
    this.#advance();
  }

  /** Closes the first part if it has ended, and all behind it that have. */
  #advance(): void {
    for (let waiting = this.#queue[0]; waiting !== undefined; waiting = this.#queue[0]) {
      if (shows(waiting.start) || waiting.end?.seal !== undefined) this.#open(waiting);
      for (const piece of waiting.pieces.splice(0)) this.#write(waiting, piece);
      if (waiting.end === undefined) return;
      this.#close(waiting, waiting.end);
      this.#queue.shift();
    }
  }

  #open({ start }: Waiting): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    this.#sink.open(this.#index, start);
  }

  #write(waiting: Waiting, piece: string | Citation): void {
    this.#open(waiting);
    if (typeof piece === 'string') this.#sink.text(this.#index, waiting.start, piece);
    else this.#sink.source(this.#index, piece);
  }

  #close({ start }: Waiting, end: PartEndEvent): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#sink.close(this.#index, start, end);
    this.#index += 1;
  }
}

/** Whether a part shows something as soon as it begins. The vendor's own texts do: their blocks come back as they were. */
function shows({ kind, ext }: PartStartEvent): boolean {
  return kind === 'tool-call' || kind === 'media' || kind === 'opaque' || (kind === 'text' && ext !== undefined);
}
