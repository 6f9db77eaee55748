import { asBuffer } from '../json/as-buffer.ts';

/** One server-sent event, read. */
export interface SseEvent {
  /** Its type; missing where the stream names none, or the empty one. */
  readonly event?: string;
  /** Its data lines joined by line feeds; undefined if there are none, as in a comment that keeps the stream alive. */
  readonly data: string | undefined;
  readonly id?: string;
  /** It has at least one comment line. */
  readonly comment?: true;
  /** The stream ended before the blank line did. A browser would drop it; whether it is whole only its dialect can tell. */
  readonly unterminated?: true;
}

const BYTE_ORDER_MARK = 0xfeff;
const LINE_FEED = 0x0a;
const SPACE = 0x20;
const COLON = 0x3a;
const LETTER_D = 0x64;
const LETTER_E = 0x65;
const LETTER_I = 0x69;

/**
 * Reads one whole event, as `createEventSplitter` cuts it; the blank line may be missing. Comments, unknown fields and
 * `retry` are passed over. A byte-order mark counts as one only in front of a stream's first event.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
export function readEvent(bytes: Uint8Array, isFirst = true): SseEvent {
  const decoded = asBuffer(bytes).toString('utf8');
  const text = isFirst && decoded.charCodeAt(0) === BYTE_ORDER_MARK ? decoded.slice(1) : decoded;
  const data = dataLine(text, 0);
  if (data !== undefined) return { data };
  return namedData(text) ?? readLines(text);
}

/** The data of an event that is one data line and a blank one, each ended by a line feed, as nearly all events are. */
function dataLine(text: string, start: number): string | undefined {
  const end = text.length - 2;
  const isOneLine = text.indexOf('\n', start) === end && text.charCodeAt(end + 1) === LINE_FEED && !text.includes('\r');
  return isOneLine ? fieldOf(text, 'data', start, end) : undefined;
}

/** The same behind a line that names the event. */
function namedData(text: string): SseEvent | undefined {
  if (text.charCodeAt(0) !== LETTER_E) return undefined;
  const end = text.indexOf('\n');
  const event = end === -1 ? undefined : fieldOf(text, 'event', 0, end);
  const data = event ? dataLine(text, end + 1) : undefined;
  return event && data !== undefined ? { event, data } : undefined;
}

function readLines(text: string): SseEvent {
  const read: { event?: string; data: string | undefined; id?: string; comment?: true } = { data: undefined };
  let event: string | undefined;
  let lineFeed = -1;
  let carriageReturn = -1;
  let start = 0;
  while (start < text.length) {
    if (lineFeed < start) lineFeed = indexOrEnd(text, '\n', start);
    if (carriageReturn < start) carriageReturn = indexOrEnd(text, '\r', start);
    // Between CR and LF that makes an empty line, which is none of the fields below.
    const end = Math.min(lineFeed, carriageReturn);
    const code = text.charCodeAt(start);
    if (code === LETTER_D) {
      const line = fieldOf(text, 'data', start, end);
      if (line !== undefined) read.data = read.data === undefined ? line : `${read.data}\n${line}`;
    } else if (code === LETTER_E) {
      event = fieldOf(text, 'event', start, end) ?? event;
    } else if (code === LETTER_I) {
      const id = fieldOf(text, 'id', start, end);
      if (id !== undefined && !id.includes('\0')) read.id = id;
    } else if (code === COLON) {
      read.comment = true;
    }
    start = end + 1;
  }
  if (event) read.event = event;
  return read;
}

/** The value of the line from `start` to `end` if it is a field of that name. */
function fieldOf(text: string, name: string, start: number, end: number): string | undefined {
  const colon = start + name.length;
  if (!text.startsWith(name, start)) return undefined;
  if (colon === end) return '';
  if (text.charCodeAt(colon) !== COLON) return undefined;
  return text.slice(text.charCodeAt(colon + 1) === SPACE ? colon + 2 : colon + 1, end);
}

function indexOrEnd(text: string, character: string, from: number): number {
  const index = text.indexOf(character, from);
  return index === -1 ? text.length : index;
}
