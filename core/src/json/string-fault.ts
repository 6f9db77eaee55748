/** Where a JSON string stops being one, and what should have stood there. `start` is behind its opening quote. */
export function stringFault(text: string, start: number): { readonly offset: number; readonly expected: string } {
  let at = start;
  while (at < text.length) {
    const character = text.charAt(at);
    if (character < ' ') return { offset: at, expected: 'the control character to be escaped' };
    if (character === '"') break;
    if (character !== '\\') {
      at++;
    } else if (text.charAt(at + 1) === 'u') {
      if (!/^[\da-f]{4}$/i.test(text.slice(at + 2, at + 6)))
        return { offset: at + 2, expected: 'four hexadecimal digits' };
      at += 6;
    } else {
      if (!/^["\\/bfnrt]$/.test(text.charAt(at + 1))) return { offset: at + 1, expected: 'one of "\\/bfnrtu' };
      at += 2;
    }
  }
  return { offset: Math.min(at, text.length), expected: 'a closing quote' };
}
