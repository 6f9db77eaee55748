import { asBuffer } from '../json/as-buffer.ts';

/** An event is larger than the reader was told to bear. */
export class EventTooLarge extends RangeError {
  override readonly name = 'EventTooLarge';
  readonly maxEventBytes: number;

  constructor(maxEventBytes: number) {
    super(`An event of the stream is larger than ${maxEventBytes} bytes.`);
    this.maxEventBytes = maxEventBytes;
  }
}

/** Cuts a stream of server-sent events between them. */
export interface EventSplitter {
  /**
   * Gives each event that the chunk completes to `onEvent`. One that lies inside the chunk is a view of it; keep it no
   * longer than the chunk's own bytes stay as they are.
   *
   * @throws EventTooLarge, after the events before; the splitter is of no use any more.
   */
  push(chunk: Uint8Array, onEvent: (event: Uint8Array) => void): void;
  /** Ends the stream: gives an event that only waited for a line feed, and returns what no blank line ended, if anything. */
  end(onEvent: (event: Uint8Array) => void): Uint8Array | undefined;
}

const LINE_FEED = 0x0a;
const RETURN = 0x0d;
const SMALLEST_HOLD = 1_024;

/**
 * Cuts a byte stream behind every blank line, and changes nothing: the events are as they were written, with their line
 * ends, comments, and a byte-order mark, and together they are the stream. Lines end with LF, CR or CRLF; the cuts do not
 * depend on how the stream is chunked. The time taken is linear, however large an event and however small the chunks.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
 */
export function createEventSplitter(options: { readonly maxEventBytes: number }): EventSplitter {
  return new Splitter(options.maxEventBytes);
}

/**
 * Where in its lines the stream is. `return`: behind a CR that ended a line, so that an LF belongs to it. `blank-return`:
 * behind a CR that ended a blank line. The line before ended with an LF, so this one most likely ends with CRLF, and the
 * event waits for the rest of it. Behind a line that ended with a bare CR it would wait for nothing.
 */
type Place = 'start' | 'line' | 'return' | 'blank-return';

const NOTHING = Buffer.alloc(0);

class Splitter implements EventSplitter {
  private readonly maxEventBytes: number;
  private place: Place = 'start';
  /** The bytes of an event that began in an earlier chunk, in a buffer that doubles when it is full. */
  private held: Buffer = NOTHING;
  private heldLength = 0;

  constructor(maxEventBytes: number) {
    this.maxEventBytes = maxEventBytes;
  }

  push(chunk: Uint8Array, onEvent: (event: Uint8Array) => void): void {
    const bytes = asBuffer(chunk);
    const { length } = bytes;
    let lineFeed = -1;
    let carriageReturn = -1;
    let start = 0;
    let at = 0;
    while (at < length) {
      let isCut = this.place === 'blank-return';
      if (isCut) {
        if (bytes[at] === LINE_FEED) at++;
      } else {
        // Each search goes on where the last one of its kind ended: the chunk is searched once for either.
        if (lineFeed < at) lineFeed = indexOrEnd(bytes, LINE_FEED, at);
        if (carriageReturn < at) carriageReturn = indexOrEnd(bytes, RETURN, at);
        const stop = Math.min(lineFeed, carriageReturn);
        if (stop > at) this.place = 'line';
        if (stop === length) break;
        at = stop + 1;
        isCut = this.endLine(stop === lineFeed);
      }
      if (!isCut) continue;
      this.emit(bytes, start, at, onEvent);
      start = at;
    }
    if (start < length) this.hold(bytes, start, length);
  }

  end(onEvent: (event: Uint8Array) => void): Uint8Array | undefined {
    if (this.place === 'blank-return') this.emit(NOTHING, 0, 0, onEvent);
    this.place = 'start';
    return this.heldLength > 0 ? this.release() : undefined;
  }

  /** Whether the line feed, or else the carriage return, ends an event. */
  private endLine(isLineFeed: boolean): boolean {
    const { place } = this;
    if (isLineFeed) {
      this.place = 'start';
      return place === 'start';
    }
    this.place = place === 'start' ? 'blank-return' : 'return';
    return place === 'return';
  }

  private emit(bytes: Buffer, start: number, end: number, onEvent: (event: Uint8Array) => void): void {
    this.place = 'start';
    if (this.heldLength === 0) {
      if (end - start > this.maxEventBytes) throw new EventTooLarge(this.maxEventBytes);
      onEvent(end - start === bytes.length ? bytes : bytes.subarray(start, end));
      return;
    }
    this.hold(bytes, start, end);
    onEvent(this.release());
  }

  private hold(bytes: Buffer, start: number, end: number): void {
    const length = this.heldLength + end - start;
    if (length > this.maxEventBytes) throw new EventTooLarge(this.maxEventBytes);
    if (length > this.held.length) {
      const larger = Buffer.allocUnsafe(Math.max(length * 2, SMALLEST_HOLD));
      this.held.copy(larger, 0, 0, this.heldLength);
      this.held = larger;
    }
    bytes.copy(this.held, this.heldLength, start, end);
    this.heldLength = length;
  }

  /** What was held; whoever gets it has the buffer for himself. */
  private release(): Buffer {
    const event = this.held.subarray(0, this.heldLength);
    this.held = NOTHING;
    this.heldLength = 0;
    return event;
  }
}

function indexOrEnd(bytes: Buffer, code: number, from: number): number {
  const index = bytes.indexOf(code, from);
  return index === -1 ? bytes.length : index;
}
