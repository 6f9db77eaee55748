import { asBuffer } from './as-buffer.ts';
import { Nesting } from './nesting.ts';
import { readSpan } from './read-span.ts';
import { skipString } from './skip-string.ts';
import type { Span } from './read-span.ts';

/** A member at the top of a scanned object. All offsets count bytes over all chunks. */
export interface ScannedMember {
  /** Where its key's opening quote is. */
  readonly key: number;
  readonly value: Span;
  /** Which member it is, from 0. */
  readonly index: number;
  /** Where the comma before it is, and the one behind it; -1 if there is none. */
  readonly commaBefore: number;
  readonly commaBehind: number;
}

/** What the bytes of one JSON object hold at its top, or why they are none. */
export type ScannedObject = SoundObject | BrokenObject;

/** What was found in an object whose top level is JSON, and whose brackets and strings balance. */
export interface SoundObject {
  readonly valid: true;
  /** The names asked for. */
  readonly names: ReadonlySet<string>;
  /** Those of the members asked for that are there; of one that occurs twice, the last. */
  readonly members: ReadonlyMap<string, ScannedMember>;
  /** The names asked for that occur more than once: readers disagree about which one counts. */
  readonly duplicates: readonly string[];
  /** How many members there are, asked for or not; 0 for an empty object. */
  readonly count: number;
  /** Where the object's own brackets are. */
  readonly open: number;
  readonly close: number;
}

/** Bytes that are no such object. */
export interface BrokenObject {
  readonly valid: false;
  /** What is wrong, and where. It quotes nothing of the bytes. */
  readonly error: string;
  readonly offset: number;
}

/** Scans an object while its bytes come in. It keeps the chunks and copies none of them. */
export interface ObjectScanner {
  feed(chunk: Uint8Array): void;
  /** What was found. Nothing can be fed any more. */
  finish(): ScannedObject;
}

/**
 * Finds members at the top of a JSON object in its bytes, without parsing it. Looks at every byte, so that a key that
 * comes again far behind is seen; keys may be written with escapes. What is checked is the top level, and that all
 * brackets and strings balance. What stands between the brackets of a value is not.
 */
export function scanObject(chunks: readonly Uint8Array[], names: Iterable<string>): ScannedObject {
  const scanner = createObjectScanner(names);
  for (const chunk of chunks) scanner.feed(chunk);
  return scanner.finish();
}

/** The same, fed chunk by chunk. */
export function createObjectScanner(names: Iterable<string>): ObjectScanner {
  return new Scanner(names);
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

const MAX_DEPTH = 200;
const MAX_SCALAR_BYTES = 1_000;
const SCALAR = /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)$/;

/** By the sets that dialects keep for all their requests. */
const knownLengths = new WeakMap<ReadonlySet<string>, number>();

function lengthsOf(names: ReadonlySet<string>): number {
  let lengths = knownLengths.get(names);
  if (lengths !== undefined) return lengths;
  lengths = 0;
  for (const name of names) lengths |= 1 << Buffer.byteLength(name);
  knownLengths.set(names, lengths);
  return lengths;
}

/** What the scanner waits for, in the words of its complaint. */
const EXPECTED = {
  object: "'{'",
  first: "a key in double quotes or '}'",
  key: 'a key in double quotes',
  inKey: 'a closing quote',
  colon: "':'",
  value: 'a value',
  inString: 'a closing quote',
  inNesting: 'a closing bracket',
  inScalar: "',' or '}'",
  comma: "',' or '}'",
  end: 'the end',
} as const;

class Scanner implements ObjectScanner {
  private readonly chunks: Buffer[] = [];
  private readonly names: ReadonlySet<string>;
  /** A bit for each length in bytes that a name asked for has: other keys need no look at their text. */
  private readonly lengths: number;
  private readonly nesting = new Nesting(MAX_DEPTH - 1);
  private readonly members = new Map<string, ScannedMember>();
  private readonly duplicates: string[] = [];
  private state: keyof typeof EXPECTED = 'object';
  private fault: BrokenObject | undefined;
  /** Bytes in the chunks before this one. */
  private base = 0;
  private count = 0;
  private open = 0;
  private close = 0;
  /** The member at hand; it has a name if it is asked for. */
  private name: string | undefined;
  private key = 0;
  private keyHasEscapes = false;
  private start = 0;
  private end = 0;
  private commaBefore = -1;
  /** Whether a key or a string goes on behind a backslash in the next chunk. */
  private escaped = false;

  constructor(names: Iterable<string>) {
    this.names = names instanceof Set ? names : new Set(names);
    this.lengths = lengthsOf(this.names);
  }

  feed(chunk: Uint8Array): void {
    const bytes = asBuffer(chunk);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.chunks.push(bytes);
    let at = 0;
    while (at < bytes.length && this.fault === undefined) at = this.step(bytes, view, at);
    this.base += bytes.length;
  }

  finish(): ScannedObject {
    if (this.fault === undefined && this.state !== 'end') this.fail(this.base);
    const { names, members, duplicates, count, open, close } = this;
    return this.fault ?? { valid: true, names, members, duplicates, count, open, close };
  }

  private step(bytes: Buffer, view: DataView, at: number): number {
    switch (this.state) {
      case 'inKey':
        return this.walkKey(bytes, at);
      case 'inString':
        return this.walkString(bytes, view, at);
      case 'inNesting':
        return this.walkNesting(bytes, view, at);
      case 'inScalar':
        return this.walkScalar(bytes, at);
      default: {
        const code = bytes[at] as number;
        return isSpace(code) ? at + 1 : this.token(code, at);
      }
    }
  }

  /** Takes the character that says what follows. */
  private token(code: number, at: number): number {
    const offset = this.base + at;
    switch (this.state) {
      case 'object':
        if (code !== OPEN_BRACE) return this.fail(offset);
        this.open = offset;
        this.state = 'first';
        return at + 1;
      case 'first':
        return code === CLOSE_BRACE ? this.closeObject(at) : this.openKey(code, at);
      case 'key':
        return this.openKey(code, at);
      case 'colon':
        if (code !== COLON) return this.fail(offset);
        this.state = 'value';
        return at + 1;
      case 'value':
        return this.openValue(code, at);
      case 'comma':
        if (code !== COMMA && code !== CLOSE_BRACE) return this.fail(offset);
        this.closeMember(code === COMMA ? offset : -1);
        return code === COMMA ? at + 1 : this.closeObject(at);
      default:
        return this.fail(offset);
    }
  }

  private openKey(code: number, at: number): number {
    if (code !== QUOTE) return this.fail(this.base + at);
    this.key = this.base + at;
    this.keyHasEscapes = false;
    this.state = 'inKey';
    return at + 1;
  }

  private walkKey(bytes: Buffer, from: number): number {
    let at = this.escaped ? from + 1 : from;
    this.escaped = false;
    while (at < bytes.length) {
      const code = bytes[at++];
      if (code === QUOTE) return this.closeKey(at);
      if (code !== BACKSLASH) continue;
      this.keyHasEscapes = true;
      at++;
    }
    this.escaped = at > bytes.length;
    return bytes.length;
  }

  private closeKey(at: number): number {
    const start = this.key + 1;
    const end = this.base + at - 1;
    this.state = 'colon';
    this.name = undefined;
    if (!this.keyHasEscapes && ((this.lengths >> (end - start)) & 1) === 0) return at;
    const text = this.text(start, end);
    const name = this.keyHasEscapes ? unescaped(text) : text;
    if (name === undefined) return this.fail(this.key, 'a key without broken escapes');
    if (!this.names.has(name)) return at;
    this.name = name;
    if (this.members.has(name) && !this.duplicates.includes(name)) this.duplicates.push(name);
    return at;
  }

  private openValue(code: number, at: number): number {
    this.start = this.base + at;
    if (code === QUOTE) {
      this.state = 'inString';
      return at + 1;
    }
    this.state = code === OPEN_BRACE || code === OPEN_BRACKET ? 'inNesting' : 'inScalar';
    return at;
  }

  private walkString(bytes: Buffer, view: DataView, from: number): number {
    const at = skipString(bytes, view, this.escaped ? from + 1 : from);
    this.escaped = at === bytes.length + 2;
    return at > bytes.length ? bytes.length : this.closeValue(at);
  }

  private walkNesting(bytes: Buffer, view: DataView, from: number): number {
    const at = this.nesting.walk(bytes, view, from);
    switch (this.nesting.state) {
      case 'inside':
        return at;
      case 'closed':
        return this.closeValue(at);
      case 'unbalanced':
        return this.fail(this.base + at, 'the bracket that closes the last one opened');
      case 'too-deep':
        return this.fail(this.base + at, `no more than ${MAX_DEPTH} levels`);
    }
  }

  private walkScalar(bytes: Buffer, from: number): number {
    let at = from;
    while (at < bytes.length && isInScalar(bytes[at] as number)) at++;
    const end = this.base + at;
    if (end - this.start > MAX_SCALAR_BYTES) return this.fail(this.start, 'a shorter number');
    if (at === bytes.length) return at;
    return SCALAR.test(this.text(this.start, end)) ? this.closeValue(at) : this.fail(this.start, EXPECTED.value);
  }

  private closeValue(at: number): number {
    this.end = this.base + at;
    this.state = 'comma';
    return at;
  }

  private closeMember(comma: number): void {
    const { name, key, start, end, commaBefore } = this;
    const value = { start, end };
    if (name !== undefined) this.members.set(name, { key, value, index: this.count, commaBefore, commaBehind: comma });
    this.commaBefore = comma;
    this.state = 'key';
    this.count++;
  }

  private closeObject(at: number): number {
    this.close = this.base + at;
    this.state = 'end';
    return at + 1;
  }

  /** The text from `start` on, up to `end` in the chunk at hand. Looks backward: the chunks may be many and tiny. */
  private text(start: number, end: number): string {
    let { base } = this;
    let index = this.chunks.length - 1;
    if (start >= base) return (this.chunks[index] as Buffer).toString('utf8', start - base, end - base);
    while (start < base) base -= (this.chunks[--index] as Buffer).length;
    return readSpan(this.chunks.slice(index), { start: start - base, end: end - base });
  }

  private fail(offset: number, expected: string = EXPECTED[this.state]): number {
    this.fault = { valid: false, error: `byte ${offset}: expected ${expected}`, offset };
    return 0;
  }
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}

function isInScalar(code: number): boolean {
  return code !== COMMA && code !== CLOSE_BRACE && !isSpace(code);
}

function unescaped(key: string): string | undefined {
  try {
    return JSON.parse(`"${key}"`) as string;
  } catch {
    return undefined;
  }
}
