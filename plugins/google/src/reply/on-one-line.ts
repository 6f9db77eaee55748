/**
 * JSON without the white space between its words, where there are line breaks in it: a stream's event is one line. What
 * stands in quotes, and each number, stays as it is written.
 */
export function onOneLine(json: string): string {
  return /[\r\n]/.test(json) ? json.replaceAll(/("(?:[^"\\]|\\.)*")|\s+/g, '$1') : json;
}
