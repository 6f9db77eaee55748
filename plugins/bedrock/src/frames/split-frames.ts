import { crc32 } from 'node:zlib';
import { FrameBroken } from './frame.ts';

/** Two lengths and their own checksum. */
const PRELUDE_BYTES = 12;
/** A message of no headers and no payload. */
const MIN_BYTES = 16;

/**
 * Cuts an event stream into whole messages as its chunks come in. The lengths are believed only when their checksum fits:
 * one flipped bit in them would make the rest of the stream a single message that never ends.
 */
export class FrameSplitter {
  readonly #maxBytes: number;
  #pieces: Uint8Array[] = [];
  #held = 0;
  /** Of the message at hand; 0 until it is known. */
  #length = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** @throws FrameBroken; the splitter is of no use any more. */
  push(chunk: Uint8Array, onFrame: (frame: Uint8Array) => void): void {
    let at = 0;
    while (at < chunk.byteLength) {
      const end = this.#held === 0 ? this.#wholeUpTo(chunk, at) : at;
      if (end > at) {
        onFrame(chunk.subarray(at, end));
        at = end;
        continue;
      }
      const wanted = (this.#length || PRELUDE_BYTES) - this.#held;
      const piece = chunk.subarray(at, at + wanted);
      this.#pieces.push(piece);
      this.#held += piece.byteLength;
      at += piece.byteLength;
      if (piece.byteLength < wanted) return;
      if (this.#length === 0) this.#length = this.#lengthOf(this.#joined());
      else onFrame(this.#taken());
    }
  }

  /** The rest that is no whole message. */
  end(): Uint8Array | undefined {
    return this.#held === 0 ? undefined : this.#taken();
  }

  /** Where the message ends that begins here, if the chunk has all of it: then it need not be copied. */
  #wholeUpTo(chunk: Uint8Array, at: number): number {
    if (chunk.byteLength - at < PRELUDE_BYTES) return at;
    const end = at + this.#lengthOf(chunk.subarray(at, at + PRELUDE_BYTES));
    return end > chunk.byteLength ? at : end;
  }

  #lengthOf(prelude: Uint8Array): number {
    const view = new DataView(prelude.buffer, prelude.byteOffset, prelude.byteLength);
    if (crc32(prelude.subarray(0, 8)) !== view.getUint32(8))
      throw new FrameBroken('a checksum of its stream does not fit');
    const length = view.getUint32(0);
    if (length < MIN_BYTES || length > this.#maxBytes)
      throw new FrameBroken(`a message of its stream has ${length} bytes`);
    return length;
  }

  #joined(): Uint8Array {
    const [only] = this.#pieces;
    if (this.#pieces.length === 1 && only) return only;
    const whole = Buffer.concat(this.#pieces, this.#held);
    this.#pieces = [whole];
    return whole;
  }

  #taken(): Uint8Array {
    const frame = this.#joined();
    this.#pieces = [];
    this.#held = 0;
    this.#length = 0;
    return frame;
  }
}
