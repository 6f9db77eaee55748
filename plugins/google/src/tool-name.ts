/** Begins every name that was rewritten. */
const mark = 'tapgate__';
const legal = /^[A-Za-z_][A-Za-z\d_.:-]*$/;

/** How long the API lets a name be. */
export const maxNameLength = 128;

/**
 * A tool's name in the letters that the API takes. A legal one stays as it is; in any other each byte that is no letter,
 * digit, hyphen or underscore becomes `.` and its two hex digits. No two names become the same, and `ownName` gives each
 * one back without being told which there were.
 *
 * @see https://ai.google.dev/api/caching#FunctionDeclaration
 */
export function legalName(name: string): string {
  if (legal.test(name) && !name.startsWith(mark)) return name;
  let text = mark;
  for (const byte of Buffer.from(name)) {
    text += isPlain(byte) ? String.fromCharCode(byte) : `.${byte.toString(16).padStart(2, '0')}`;
  }
  return text;
}

/** Undoes `legalName`. What it did not make is given back as it is. */
export function ownName(name: string): string {
  if (!name.startsWith(mark)) return name;
  const bytes: number[] = [];
  for (let at = mark.length; at < name.length; at += 1) {
    if (name[at] === '.') {
      bytes.push(Number.parseInt(name.slice(at + 1, at + 3), 16));
      at += 2;
    } else bytes.push(name.charCodeAt(at));
  }
  const own = Buffer.from(bytes).toString('utf8');
  return legalName(own) === name ? own : name;
}

function isPlain(byte: number): boolean {
  return /[A-Za-z\d_-]/.test(String.fromCharCode(byte)) && byte < 0x80;
}
