import { EventTooLarge, type EventSplitter } from '@tapgate/core';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/**
 * Cuts a JSON array of objects behind each of them while its bytes come in. A cut has what stands before the object, a
 * bracket or a comma, so that together the cuts are the stream; the closing bracket is a cut of its own.
 */
export class JsonSplitter implements EventSplitter {
  readonly #maxEventBytes: number;
  readonly #held: Uint8Array[] = [];
  #heldLength = 0;
  #depth = 0;
  #inString = false;
  #escaped = false;

  constructor(maxEventBytes: number) {
    this.#maxEventBytes = maxEventBytes;
  }

  push(chunk: Uint8Array, onEvent: (event: Uint8Array) => void): void {
    let start = 0;
    for (let at = 0; at < chunk.byteLength; at += 1) {
      if (!this.#cuts(chunk[at] as number)) continue;
      onEvent(this.#take(chunk.subarray(start, at + 1)));
      start = at + 1;
    }
    if (start < chunk.byteLength) this.#hold(chunk.subarray(start));
  }

  end(): Uint8Array | undefined {
    return this.#heldLength === 0 ? undefined : this.#take(new Uint8Array(0));
  }

  /** Whether an event ends with this byte. */
  #cuts(byte: number): boolean {
    if (this.#inString) {
      if (this.#escaped) this.#escaped = false;
      else if (byte === BACKSLASH) this.#escaped = true;
      else if (byte === QUOTE) this.#inString = false;
      return false;
    }
    switch (byte) {
      case QUOTE:
        this.#inString = true;
        return false;
      case OPEN_BRACE:
        this.#depth += 1;
        return false;
      case OPEN_BRACKET:
        if (this.#depth > 0) this.#depth += 1;
        return false;
      case CLOSE_BRACE:
      case CLOSE_BRACKET:
        this.#depth = Math.max(0, this.#depth - 1);
        return this.#depth === 0;
      default:
        return false;
    }
  }

  #hold(bytes: Uint8Array): void {
    this.#heldLength += bytes.byteLength;
    if (this.#heldLength > this.#maxEventBytes) throw new EventTooLarge(this.#maxEventBytes);
    this.#held.push(bytes);
  }

  #take(bytes: Uint8Array): Uint8Array {
    if (this.#heldLength === 0) {
      if (bytes.byteLength > this.#maxEventBytes) throw new EventTooLarge(this.#maxEventBytes);
      return bytes;
    }
    this.#hold(bytes);
    const event = Buffer.concat(this.#held, this.#heldLength);
    this.#held.length = 0;
    this.#heldLength = 0;
    return event;
  }
}
