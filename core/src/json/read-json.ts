import { DOUBLE_DIGITS, exactNumber } from './exact-number.ts';
import { JsonSyntax, JsonTooDeep } from './json-errors.ts';
import { RawJson } from './raw-json.ts';
import { stringFault } from './string-fault.ts';
import type { Json, JsonObject } from './json.ts';

/** How to read. */
export interface ReadJsonOptions {
  /** Objects and arrays under these keys, wherever they stand, become `RawJson`. Inside one of them the names mean nothing. */
  readonly raw?: ReadonlySet<string>;
  /** How deep arrays and objects may lie inside one another; 200. The reader recurses: keep it below 1,000. */
  readonly maxDepth?: number;
}

/**
 * Reads JSON as strictly as `JSON.parse`, and about as fast, without losing anything: numbers that no double says
 * become `RawJson`, and so does what stands under a key in `raw`. `__proto__` is a key like any other. Of a key that
 * occurs twice the last value counts.
 *
 * @throws JsonSyntax where the text is not JSON.
 * @throws JsonTooDeep where it is nested deeper than `maxDepth`.
 */
export function readJson(text: string, options: ReadJsonOptions = {}): Json {
  return new Reader(text, options.raw, options.maxDepth ?? 200).document();
}

const OWN = { writable: true, enumerable: true, configurable: true };
const TAB = 0x09;
const LINE_FEED = 0x0a;
const RETURN = 0x0d;
const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const PLUS = 0x2b;
const MINUS = 0x2d;
const DOT = 0x2e;
const ZERO = 0x30;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const LETTER_E = 0x65;
const LETTER_F = 0x66;
const LETTER_N = 0x6e;
const LETTER_T = 0x74;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** Up to here our own look at each character is cheaper than a call of `JSON.parse`. */
const SHORT_STRING = 32;
/** Up to here a double says any decimal. */
const EXACT_DIGITS = 15;
const KEY_SLOTS = 64;

class Reader {
  private readonly text: string;
  private readonly maxDepth: number;
  private raw: ReadonlySet<string> | undefined;
  private at = 0;
  private depth = 0;
  /** The first backslash at or behind the string read last: strings before it hold no escape. */
  private nextEscape = -1;
  /** Keys seen, by a cheap hash: the same few keys come again and again. */
  private readonly keys: (string | undefined)[] = [];

  constructor(text: string, raw: ReadonlySet<string> | undefined, maxDepth: number) {
    this.text = text;
    this.raw = raw;
    this.maxDepth = maxDepth;
  }

  document(): Json {
    const value = this.value(this.next());
    if (!Number.isNaN(this.next())) this.fail('the end');
    return value;
  }

  private value(code: number): Json {
    switch (code) {
      case QUOTE:
        return this.string();
      case OPEN_BRACE:
        return this.object();
      case OPEN_BRACKET:
        return this.array();
      case LETTER_T:
        return this.word('true', true);
      case LETTER_F:
        return this.word('false', false);
      case LETTER_N:
        return this.word('null', null);
      default:
        return this.number();
    }
  }

  private object(): JsonObject {
    const object: JsonObject = {};
    let code = this.enter();
    if (code === CLOSE_BRACE) return this.leave(object);
    for (;;) {
      if (code !== QUOTE) this.fail('a key in double quotes');
      const key = this.key();
      if (this.next() !== COLON) this.fail("':'");
      this.at++;
      const value = this.raw?.has(key) ? this.rawValue() : this.value(this.next());
      // An assignment would set the prototype.
      if (key === '__proto__') Object.defineProperty(object, key, { value, ...OWN });
      else object[key] = value;
      code = this.next();
      if (code === CLOSE_BRACE) return this.leave(object);
      if (code !== COMMA) this.fail("',' or '}'");
      this.at++;
      code = this.next();
    }
  }

  private array(): Json[] {
    const array: Json[] = [];
    let code = this.enter();
    if (code === CLOSE_BRACKET) return this.leave(array);
    for (;;) {
      array.push(this.value(code));
      code = this.next();
      if (code === CLOSE_BRACKET) return this.leave(array);
      if (code !== COMMA) this.fail("',' or ']'");
      this.at++;
      code = this.next();
    }
  }

  /** What stands under a key of `raw`: as it was written if it is an object or an array. */
  private rawValue(): Json {
    const code = this.next();
    if (code !== OPEN_BRACE && code !== OPEN_BRACKET) return this.value(code);
    const { raw, at: start } = this;
    this.raw = undefined;
    const value = this.value(code);
    this.raw = raw;
    return new RawJson(this.text.slice(start, this.at), value);
  }

  private enter(): number {
    if (++this.depth > this.maxDepth) throw new JsonTooDeep(this.maxDepth);
    this.at++;
    return this.next();
  }

  private leave<T>(value: T): T {
    this.depth--;
    this.at++;
    return value;
  }

  private key(): string {
    const start = this.at + 1;
    const end = this.text.indexOf('"', start);
    const length = end - start;
    const slot = (this.text.charCodeAt(start) + length * 7) & (KEY_SLOTS - 1);
    const known = this.keys[slot];
    if (known !== undefined && known.length === length && this.text.startsWith(known, start)) {
      this.at = end + 1;
      return known;
    }
    const key = this.string();
    // A key with escapes is shorter than its source, and must not be looked up by it.
    if (key.length === length) this.keys[slot] = key;
    return key;
  }

  private string(): string {
    const { text } = this;
    const start = this.at + 1;
    const end = text.indexOf('"', start);
    if (this.nextEscape < start) this.nextEscape = indexOrEnd(text, '\\', start);
    if (end === -1 || this.nextEscape < end || end - start > SHORT_STRING) return this.longString(start, end);
    for (let at = start; at < end; at++) if (text.charCodeAt(at) < 0x20) this.failInString(start);
    this.at = end + 1;
    return text.slice(start, end);
  }

  private longString(start: number, firstQuote: number): string {
    let end = firstQuote;
    while (end !== -1 && this.isEscaped(end, start)) end = this.text.indexOf('"', end + 1);
    if (end === -1) this.failInString(start);
    this.at = end + 1;
    try {
      return JSON.parse(this.text.slice(start - 1, end + 1)) as string;
    } catch {
      return this.failInString(start);
    }
  }

  private isEscaped(quote: number, start: number): boolean {
    let at = quote;
    while (at > start && this.text.charCodeAt(at - 1) === BACKSLASH) at--;
    return (quote - at) % 2 === 1;
  }

  private number(): number | RawJson {
    const { text, at: start } = this;
    const negative = text.charCodeAt(start) === MINUS;
    const first = negative ? start + 1 : start;
    let at = first;
    let value = 0;
    let code = text.charCodeAt(at);
    while (isDigit(code)) {
      value = value * 10 + code - ZERO;
      code = text.charCodeAt(++at);
    }
    this.at = at;
    if (at === first) this.fail(negative ? 'a digit' : 'a value');
    if (at > first + 1 && text.charCodeAt(first) === ZERO) this.failAt(first + 1, 'no digit behind a leading zero');
    if (code !== DOT && (code | 0x20) !== LETTER_E && at - first <= EXACT_DIGITS) return negative ? -value : value;
    return this.longNumber(start, first);
  }

  /** Continues behind the digits of the integer part. */
  private longNumber(start: number, first: number): number | RawJson {
    const { text } = this;
    const whole = this.at - first;
    let digits = whole;
    if (this.code() === DOT) {
      this.at++;
      digits += this.digits();
    }
    let exponent = 0;
    if ((this.code() | 0x20) === LETTER_E) {
      const sign = text.charCodeAt(++this.at);
      if (sign === MINUS || sign === PLUS) this.at++;
      exponent = this.digits();
    }
    const literal = text.slice(start, this.at);
    const plain = exponent === 0 && whole <= EXACT_DIGITS && digits <= DOUBLE_DIGITS;
    return plain || (exponent <= 2 && digits <= EXACT_DIGITS) ? Number(literal) : exactNumber(literal);
  }

  /** Skips digits: how many. */
  private digits(): number {
    const { text, at: start } = this;
    let at = start;
    while (isDigit(text.charCodeAt(at))) at++;
    if (at === start) this.fail('a digit');
    this.at = at;
    return at - start;
  }

  private word<T>(word: string, value: T): T {
    if (!this.text.startsWith(word, this.at)) this.fail('a value');
    this.at += word.length;
    return value;
  }

  private code(): number {
    return this.text.charCodeAt(this.at);
  }

  /** Skips white space: the character behind it, NaN at the end. */
  private next(): number {
    const { text } = this;
    let code = text.charCodeAt(this.at);
    while (code === SPACE || code === LINE_FEED || code === RETURN || code === TAB) code = text.charCodeAt(++this.at);
    return code;
  }

  private fail(expected: string): never {
    return this.failAt(this.at, expected);
  }

  private failAt(offset: number, expected: string): never {
    throw new JsonSyntax(this.text, offset, expected);
  }

  private failInString(start: number): never {
    const { offset, expected } = stringFault(this.text, start);
    return this.failAt(offset, expected);
  }
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

function indexOrEnd(text: string, character: string, from: number): number {
  const index = text.indexOf(character, from);
  return index === -1 ? text.length : index;
}
