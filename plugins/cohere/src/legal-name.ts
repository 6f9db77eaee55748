/** Begins every name and id that was rewritten. */
const mark = 'tapgate__';
const legal = /^[a-zA-Z0-9_-]+$/;

/**
 * A tool's name or a call's id in the letters that the API takes. Legal ones stay as they are; in all others each byte
 * that is no letter, digit or hyphen becomes `_` and its two hex digits. No two names become the same, and `ownName`
 * gives each one back without being told which there were.
 *
 * @see https://platform.claude.com/docs/en/api/messages
 */
export function legalName(name: string): string {
  if (legal.test(name) && !name.startsWith(mark)) return name;
  let text = mark;
  for (const byte of Buffer.from(name)) {
    text += isPlain(byte) ? String.fromCharCode(byte) : `_${byte.toString(16).padStart(2, '0')}`;
  }
  return text;
}

/** Undoes `legalName`. What it did not make is given back as it is. */
export function ownName(name: string): string {
  if (!name.startsWith(mark)) return name;
  const bytes: number[] = [];
  for (let at = mark.length; at < name.length; at += 1) {
    if (name[at] === '_') {
      bytes.push(Number.parseInt(name.slice(at + 1, at + 3), 16));
      at += 2;
    } else bytes.push(name.charCodeAt(at));
  }
  const own = Buffer.from(bytes).toString('utf8');
  return legalName(own) === name ? own : name;
}

function isPlain(byte: number): boolean {
  return (
    (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a) || byte === 0x2d
  );
}
