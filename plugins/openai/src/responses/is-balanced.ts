const quote = 0x22;
const backslash = 0x5c;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

/** Whether all brackets and strings from `start` up to `end` inclusive end, as in a JSON document that is not cut. One look at each byte. */
export function isBalanced(bytes: Uint8Array, start: number, end: number): boolean {
  let depth = 0;
  for (let at = start; at <= end; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte === quote) {
      at = stringEnd(bytes, at + 1, end);
      if (at < 0) return false;
    } else if (byte === openBrace || byte === openBracket) depth += 1;
    else if (byte === closeBrace || byte === closeBracket) depth -= 1;
  }
  return depth === 0;
}

function stringEnd(bytes: Uint8Array, from: number, end: number): number {
  for (let at = from; at <= end; at += 1) {
    const byte = bytes[at];
    if (byte === quote) return at;
    if (byte === backslash) at += 1;
  }
  return -1;
}
