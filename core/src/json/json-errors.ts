/** The text is not JSON. The message tells where and what was expected, and quotes nothing of the text. */
export class JsonSyntax extends Error {
  override readonly name = 'JsonSyntax';
  /** UTF-16 units from the start of the text. */
  readonly offset: number;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
  /** What should have stood there: `',' or '}'`. */
  readonly expected: string;

  constructor(text: string, offset: number, expected: string) {
    const line = lineOf(text, offset);
    const column = offset - (offset === 0 ? -1 : text.lastIndexOf('\n', offset - 1));
    super(`line ${line}, column ${column}: expected ${expected}`);
    this.offset = offset;
    this.line = line;
    this.column = column;
    this.expected = expected;
  }
}

/** Arrays and objects lie deeper inside one another than the reader goes. */
export class JsonTooDeep extends Error {
  override readonly name = 'JsonTooDeep';
  readonly maxDepth: number;

  constructor(maxDepth: number) {
    super(`nested deeper than ${maxDepth} levels`);
    this.maxDepth = maxDepth;
  }
}

function lineOf(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) line++;
  return line;
}
