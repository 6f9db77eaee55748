/** One server-sent event, to be written. */
export interface OutgoingEvent {
  readonly event?: string;
  /** JSON on one line, as a rule. What has more lines becomes as many data lines. */
  readonly data: string;
  readonly id?: string;
}

const LINE_END = /\r\n|\n|\r/;

/**
 * The text of one whole event. Nothing in it can end the event, or begin another one.
 *
 * @throws TypeError for an event name or an id with a line end, or an id with a NUL, which readers ignore.
 */
export function writeEvent({ event, data, id }: OutgoingEvent): string {
  let head = '';
  if (event !== undefined) head = `event: ${onOneLine(event, 'name')}\n`;
  if (id !== undefined) head += `id: ${onOneLine(id, 'id')}\n`;
  return `${head}data: ${eachLine(data, 'data: ')}\n\n`;
}

/** The text of a comment, which readers pass over: it keeps a silent stream alive. */
export function writeComment(text: string): string {
  return `: ${eachLine(text, ': ')}\n\n`;
}

function onOneLine(text: string, what: string): string {
  if (/[\r\n\0]/.test(text)) throw new TypeError(`The ${what} of an event holds a line end or a NUL.`);
  return text;
}

function eachLine(text: string, prefix: string): string {
  return text.includes('\n') || text.includes('\r') ? text.split(LINE_END).join(`\n${prefix}`) : text;
}
