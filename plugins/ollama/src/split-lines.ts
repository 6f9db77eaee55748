import { type EventSplitter, EventTooLarge } from '@tapgate/core';

const LINE_FEED = 0x0a;
const SMALLEST_HOLD = 1024;

/** Cuts a stream behind every line feed, and changes nothing: the lines are as they were written, with their ends. */
export class LineSplitter implements EventSplitter {
  readonly #maxBytes: number;
  /** The bytes of a line that began in an earlier chunk, in a buffer that doubles when it is full. */
  #held = Buffer.alloc(0);
  #length = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** @throws EventTooLarge, after the lines before; the splitter is of no use any more. */
  push(chunk: Uint8Array, onLine: (line: Uint8Array) => void): void {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, start)) {
      const piece = chunk.subarray(start, end + 1);
      start = end + 1;
      if (this.#length + piece.byteLength > this.#maxBytes) throw new EventTooLarge(this.#maxBytes);
      if (this.#length === 0) onLine(piece);
      else {
        this.#hold(piece);
        onLine(this.#taken());
      }
    }
    if (start < chunk.byteLength) this.#hold(chunk.subarray(start));
  }

  /** What no line feed ended, if anything. */
  end(): Uint8Array | undefined {
    return this.#length === 0 ? undefined : this.#taken();
  }

  #hold(piece: Uint8Array): void {
    const length = this.#length + piece.byteLength;
    if (length > this.#maxBytes) throw new EventTooLarge(this.#maxBytes);
    if (length > this.#held.length) {
      const larger = Buffer.allocUnsafe(Math.max(length * 2, SMALLEST_HOLD));
      this.#held.copy(larger, 0, 0, this.#length);
      this.#held = larger;
    }
    this.#held.set(piece, this.#length);
    this.#length = length;
  }

  /** Whoever gets it has the buffer for himself. */
  #taken(): Uint8Array {
    const line = this.#held.subarray(0, this.#length);
    this.#held = Buffer.alloc(0);
    this.#length = 0;
    return line;
  }
}
