import type { Citation, PartDeltaEvent, PartEndEvent, PartStartEvent, SourceEvent } from '@tapgate/core';

/** Takes parts strictly one after the other. */
export interface PartSink {
  open(part: PartStartEvent): void;
  delta(part: PartStartEvent, delta: PartDeltaEvent): void;
  source(citation: Citation): void;
  close(part: PartStartEvent): void;
}

/** A part, and what came of it while another one was open. */
interface Waiting {
  readonly start: PartStartEvent;
  readonly pieces: (PartDeltaEvent | Citation)[];
  ended: boolean;
}

/**
 * Puts parts that are open side by side one after the other: what comes of a later part waits until the earlier ones are
 * closed. A part of another vendor that shows nothing is left out.
 */
export class PartOrder {
  readonly #sink: PartSink;
  readonly #parts = new Map<string, Waiting>();
  /** In the order they began; the first is the one that is written. */
  readonly #queue: Waiting[] = [];
  #isOpen = false;

  constructor(sink: PartSink) {
    this.#sink = sink;
  }

  start(start: PartStartEvent): void {
    const waiting: Waiting = { start, pieces: [], ended: false };
    this.#parts.set(start.part, waiting);
    this.#queue.push(waiting);
    if (this.#queue.length === 1 && shows(start)) this.#open(waiting);
  }

  delta(delta: PartDeltaEvent): void {
    const waiting = this.#parts.get(delta.part);
    if (waiting === undefined || delta.text === '') return;
    if (waiting === this.#queue[0]) this.#write(waiting, delta);
    else waiting.pieces.push(delta);
  }

  end({ part }: PartEndEvent): void {
    const waiting = this.#parts.get(part);
    if (waiting === undefined) return;
    this.#parts.delete(part);
    waiting.ended = true;
    if (waiting === this.#queue[0]) this.#advance();
  }

  /** A source stands with its text, or behind it where the text is over: it says itself where it belongs. */
  source({ part, citation }: SourceEvent): void {
    const waiting = part === undefined ? undefined : this.#parts.get(part);
    if (waiting === undefined || waiting === this.#queue[0]) this.#sink.source(citation);
    else waiting.pieces.push(citation);
  }

  /** Closes whatever is open: the answer has ended. */
  finish(): void {
    for (const waiting of this.#queue) waiting.ended = true;
    this.#parts.clear();
    this.#advance();
  }

  #advance(): void {
    for (let waiting = this.#queue[0]; waiting !== undefined; waiting = this.#queue[0]) {
      if (shows(waiting.start)) this.#open(waiting);
      for (const piece of waiting.pieces.splice(0)) this.#write(waiting, piece);
      if (!waiting.ended) return;
      if (this.#isOpen) this.#sink.close(waiting.start);
      this.#isOpen = false;
      this.#queue.shift();
    }
  }

  #open({ start }: Waiting): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    this.#sink.open(start);
  }

  #write(waiting: Waiting, piece: PartDeltaEvent | Citation): void {
    if (!('type' in piece)) {
      this.#sink.source(piece);
      return;
    }
    this.#open(waiting);
    this.#sink.delta(waiting.start, piece);
  }
}

/** Whether a part shows something as soon as it begins. The vendor's own do: their blocks come back as they were. */
function shows({ kind, ext }: PartStartEvent): boolean {
  return kind === 'tool-call' || kind === 'media' || kind === 'opaque' || ext !== undefined;
}
