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
const LINE_END = /\r\n|\n|\r/;

/**
 * Reads one whole event, as `createEventSplitter` cuts it; the blank line may be missing. Comments, unknown fields and
 * `retry` are passed over. A byte-order mark counts as one only in front of a stream's first event.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
export function readEvent(bytes: Uint8Array, isFirst = true): SseEvent {
  const decoded = asBuffer(bytes).toString('utf8');
  const text = isFirst && decoded.charCodeAt(0) === BYTE_ORDER_MARK ? decoded.slice(1) : decoded;
  const data = onlyDataLine(text);
  return data === undefined ? readLines(text) : { data };
}

/** The data of an event that is one data line and a blank one, each ended by a line feed, as nearly all events are. */
function onlyDataLine(text: string): string | undefined {
  const end = text.length - 2;
  if (!text.startsWith('data:') || text.indexOf('\n') !== end || text.includes('\r')) return undefined;
  return text.charCodeAt(end + 1) === 0x0a ? text.slice(text.charCodeAt(5) === 0x20 ? 6 : 5, end) : undefined;
}

function readLines(text: string): SseEvent {
  const read: { event?: string; data: string | undefined; id?: string; comment?: true } = { data: undefined };
  for (const line of text.split(text.includes('\r') ? LINE_END : '\n')) {
    const colon = line.indexOf(':');
    const name = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(line.charCodeAt(colon + 1) === 0x20 ? colon + 2 : colon + 1);
    if (name === 'data') read.data = read.data === undefined ? value : `${read.data}\n${value}`;
    else if (name === 'event') read.event = value;
    else if (name === 'id' && !value.includes('\0')) read.id = value;
    else if (colon === 0) read.comment = true;
  }
  if (read.event === '') delete read.event;
  return read;
}
