import type { Citation, PartEndEvent, PartStartEvent, Seal, SourceEvent } from '@tapgate/core';
import { isOwnSeal } from './seal-tag.ts';

/** Takes blocks strictly one after the other, numbered without gaps. */
export interface BlockSink {
  open(index: number, part: PartStartEvent, end: PartEndEvent | undefined): void;
  text(index: number, part: PartStartEvent, text: string): void;
  source(index: number, citation: Citation): void;
  close(index: number, part: PartStartEvent, end: PartEndEvent | undefined): void;
  /** A whole block that bears a foreign seal of the block before it. */
  seal(index: number, seal: Seal): void;
}

/** A part, and what came of it while another one was open. */
interface Waiting {
  readonly start: PartStartEvent;
  readonly pieces: (string | Citation)[];
  end?: PartEndEvent;
}

/**
 * Puts parts that are open side by side into blocks that are not: what comes of a later part waits until the earlier
 * ones are closed. A part that shows nothing becomes no block, because the API would not take it back.
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
    if (this.#queue.length === 1) this.#begin(waiting);
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

  /** A source for its part, or for the text that is open; for one that is closed already, in a block behind it. */
  source({ part, citation }: SourceEvent): void {
    const waiting = part === undefined ? this.#queue.findLast(isText) : this.#parts.get(part);
    if (waiting !== undefined && isText(waiting)) {
      if (waiting === this.#queue[0]) this.#write(waiting, citation);
      else waiting.pieces.push(citation);
      return;
    }
    const start: PartStartEvent = { type: 'part-start', part: '', choice: 0, kind: 'text' };
    this.#queue.push({ start, pieces: [citation], end: { type: 'part-end', part: '' } });
    if (this.#queue.length === 1) this.#advance();
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
      this.#begin(waiting);
      for (const piece of waiting.pieces.splice(0)) this.#write(waiting, piece);
      if (waiting.end === undefined) return;
      this.#close(waiting, waiting.end);
      this.#queue.shift();
    }
  }

  #begin(waiting: Waiting): void {
    if (shows(waiting.start)) this.#open(waiting, undefined);
  }

  #open({ start }: Waiting, end: PartEndEvent | undefined): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    this.#sink.open(this.#index, start, end);
  }

  #write(waiting: Waiting, piece: string | Citation): void {
    this.#open(waiting, undefined);
    if (typeof piece === 'string') this.#sink.text(this.#index, waiting.start, piece);
    else this.#sink.source(this.#index, piece);
  }

  #close(waiting: Waiting, end: PartEndEvent): void {
    const { start } = waiting;
    if (start.kind === 'reasoning' && end.seal !== undefined) this.#open(waiting, end);
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#sink.close(this.#index, start, end);
    this.#index += 1;
    if (start.kind === 'reasoning' || end.seal === undefined || isOwnSeal(end.seal)) return;
    this.#sink.seal(this.#index, end.seal);
    this.#index += 1;
  }
}

function isText({ start }: Waiting): boolean {
  return start.kind === 'text';
}

/** Whether a part shows something as soon as it begins. The vendor's own texts do: their blocks come back as they were. */
function shows({ kind, ext }: PartStartEvent): boolean {
  return kind === 'tool-call' || kind === 'media' || kind === 'opaque' || (kind === 'text' && ext !== undefined);
}
