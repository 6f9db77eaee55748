/** Begins every name that was rewritten. */
const mark = 'tapgate__';

/** What names an API takes, and how others are spelled in it. */
export interface NameRule {
  /** Matches the names that the API takes. It must match letters, digits, `_`, `-` and the escape after a letter. */
  readonly legal: RegExp;
  /** Stands before the two hex digits of each byte that is not written as itself. */
  readonly escape: '_' | '.';
}

/** Rewrites names into those that an API takes, and back. */
export interface ToolNames {
  /** A tool's name or a call's id as the API takes it. No two become the same. */
  readonly legal: (name: string) => string;
  /** Undoes `legal`, without being told which names there were. What it did not make is given back as it is. */
  readonly own: (name: string) => string;
}

/**
 * The names of one API. A legal name stays as it is; in any other each byte that is no letter, digit, hyphen or
 * underscore, or that is the escape, becomes the escape and its two hex digits.
 */
export function createToolNames({ legal, escape }: NameRule): ToolNames {
  function legalName(name: string): string {
    if (legal.test(name) && !name.startsWith(mark)) return name;
    let text = mark;
    for (const byte of Buffer.from(name)) {
      const letter = String.fromCharCode(byte);
      text += isPlain(byte) && letter !== escape ? letter : escape + byte.toString(16).padStart(2, '0');
    }
    return text;
  }

  function ownName(name: string): string {
    if (!name.startsWith(mark)) return name;
    const bytes: number[] = [];
    for (let at = mark.length; at < name.length; at += 1) {
      if (name[at] === escape) {
        bytes.push(Number.parseInt(name.slice(at + 1, at + 3), 16));
        at += 2;
      } else bytes.push(name.charCodeAt(at));
    }
    const own = Buffer.from(bytes).toString('utf8');
    return legalName(own) === name ? own : name;
  }

  return { legal: legalName, own: ownName };
}

function isPlain(byte: number): boolean {
  return (
    (byte >= 0x30 && byte <= 0x39) ||
    (byte >= 0x41 && byte <= 0x5a) ||
    (byte >= 0x61 && byte <= 0x7a) ||
    byte === 0x2d ||
    byte === 0x5f
  );
}
