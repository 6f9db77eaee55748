/** One server-sent event as a client would get it. */
export interface SseEvent {
  /** The `event:` line; absent where there was none. */
  readonly event?: string;
  /** The `data:` lines, joined by line feeds. */
  readonly data: string;
  /** The last `id:` line. */
  readonly id?: string;
  /** Offset of the event's first line, in characters. */
  readonly at: number;
}

/** An event to write. `data` that is no text is written as JSON. */
export interface SseFrame {
  readonly event?: string;
  readonly data: unknown;
  readonly id?: string;
}

interface Line {
  readonly text: string;
  readonly at: number;
}

/** The lines of a stream by the rules of server-sent events: LF, CR and CRLF end one. The rest that nothing ended comes last, if there is any. */
export function linesOf(text: string): { readonly lines: readonly Line[]; readonly rest: string } {
  const lines: Line[] = [];
  let at = 0;
  for (const match of text.matchAll(/\r\n|\r|\n/g)) {
    lines.push({ text: text.slice(at, match.index), at });
    at = match.index + match[0].length;
  }
  return { lines, rest: text.slice(at) };
}

/** The events of a stream as a client by the standard sees them: what no blank line ended is none. */
export function readSse(stream: Uint8Array | string): readonly SseEvent[] {
  const events: SseEvent[] = [];
  let open: { event?: string; data?: string; id?: string; at: number } | undefined;
  for (const { text, at } of linesOf(textFrom(stream)).lines) {
    if (text === '') {
      if (open?.data !== undefined) events.push({ ...open, data: open.data });
      open = undefined;
      continue;
    }
    const { field, value } = fieldOf(text);
    if (field === '') continue;
    open ??= { at };
    if (field === 'data') open.data = open.data === undefined ? value : `${open.data}\n${value}`;
    else if (field === 'event' || field === 'id') open[field] = value;
  }
  return events;
}

/** A line's field and value; the field of a comment is empty. */
export function fieldOf(line: string): { readonly field: string; readonly value: string } {
  const colon = line.indexOf(':');
  if (colon < 0) return { field: line, value: '' };
  const value = line.slice(colon + 1);
  return { field: line.slice(0, colon), value: value.startsWith(' ') ? value.slice(1) : value };
}

/** The text of events. A text is data alone. */
export function sseText(events: readonly (string | SseFrame)[], lineEnd: '\n' | '\r\n' = '\n'): string {
  return events.map((frame) => frameText(typeof frame === 'string' ? { data: frame } : frame, lineEnd)).join('');
}

function frameText({ event, data, id }: SseFrame, lineEnd: string): string {
  const text = typeof data === 'string' ? data : JSON.stringify(data);
  const lines = [
    ...(event === undefined ? [] : [`event: ${event}`]),
    ...(id === undefined ? [] : [`id: ${id}`]),
    ...text.split('\n').map((line) => `data: ${line}`),
  ];
  return lines.map((line) => line + lineEnd).join('') + lineEnd;
}

/** The text of a stream's bytes; one byte order mark is passed over. */
export function textFrom(stream: Uint8Array | string): string {
  const text = typeof stream === 'string' ? stream : new TextDecoder('utf-8', { ignoreBOM: true }).decode(stream);
  return text.startsWith('\uFEFF') ? text.slice(1) : text;
}
