/** Which members of an event may change while it still says nothing but more of the same text. */
export interface ChangingMembers {
  /** Names of the members that a piece of text stands in, however deep. All of them, else one may be taken for another. */
  readonly texts: readonly string[];
  /** Members at the top that say nothing: padding, running numbers. */
  readonly unheard?: readonly string[];
  /** A member at the top that is an object, stands behind the text, and is read apart. */
  readonly apart?: string;
}

type Hole = 'text' | 'string' | 'digits' | 'object';

/** An event as what stands around its holes: a literal more than there are holes. */
interface Shape {
  readonly literals: readonly string[];
  readonly holes: readonly Hole[];
}

interface Place {
  readonly start: number;
  readonly end: number;
  readonly hole: Hole;
}

/** Longer events come too seldom to be learnt. */
const LONGEST_LEARNT = 4_096;
/** So many events that are all unlike the one before: those to come will be, too. */
const FRUITLESS = 32;
const BACKSLASH = 0x5c;
const QUOTE = '"';
const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;
const token = /"(?:[^"\\]|\\.)*"|[{}[\]]|[^\s"{}[\]:,]+/g;
const colon = /\s*:/y;

/**
 * Knows an event of a stream again that differs from the one before in a piece of text and in nothing else that is heard, so
 * that it need not be parsed: nearly all events of a stream are such. What stands around the text is compared to the last
 * character, so whatever else the event says is what the one before said, too.
 */
export class RepeatedEvent {
  /** The JSON text of the member that is read apart, in the event that was learnt or known again last. */
  apart = '';
  readonly #texts: ReadonlySet<string>;
  readonly #unheard: ReadonlySet<string>;
  readonly #apart: string | undefined;
  #shape: Shape | undefined;
  #learnt = 0;

  constructor({ texts, unheard = [], apart }: ChangingMembers) {
    this.#texts = new Set(texts);
    this.#unheard = new Set(unheard);
    this.#apart = apart;
  }

  /** The piece of text of an event like the one learnt, perhaps an empty one; nothing where it is unlike it. */
  again(data: string): string | undefined {
    const shape = this.#shape;
    if (shape === undefined) return undefined;
    const { literals, holes } = shape;
    const last = literals[holes.length] ?? '';
    let raw = '';
    let at = 0;
    for (let index = 0; index < holes.length; index += 1) {
      const literal = literals[index] ?? '';
      const start = at + literal.length;
      if (data.slice(at, start) !== literal) return undefined;
      const hole = holes[index];
      at =
        hole === 'object'
          ? data.length - last.length
          : hole === 'digits'
            ? digitsEnd(data, start)
            : stringEnd(data, start);
      if (at < start) return undefined;
      if (hole === 'text') raw = data.slice(start, at);
      else if (hole === 'object') this.apart = data.slice(start, at);
    }
    if (data.slice(at) !== last) return undefined;
    const text = raw.includes('\\') ? unescaped(raw) : raw;
    if (text !== undefined) this.#learnt = 0;
    return text;
  }

  /** Learns an event that was read and said `text`, and nothing else that the next one like it would not say as well. */
  learn(data: string, text: string): void {
    this.#shape = undefined;
    this.apart = '';
    if (data.length > LONGEST_LEARNT || this.#learnt >= FRUITLESS) return;
    this.#learnt += 1;
    const places = this.#places(data);
    const [said, another] = places.filter(({ hole }) => hole === 'text');
    // Where two members say something, one of them may have been kept back.
    if (said === undefined || another !== undefined) return;
    if (unescaped(data.slice(said.start, said.end)) !== text) return;
    const object = places.findIndex(({ hole }) => hole === 'object');
    if (object !== -1 && object !== places.length - 1) return;
    const { start, end } = places[object] ?? { start: 0, end: 0 };
    this.apart = data.slice(start, end);
    const ends = [0, ...places.map((place) => place.end)];
    const starts = [...places.map((place) => place.start), data.length];
    this.#shape = {
      literals: starts.map((from, index) => data.slice(ends[index], from)),
      holes: places.map(({ hole }) => hole),
    };
  }

  /** What comes next is not compared. */
  forget(): void {
    this.#shape = undefined;
  }

  #places(data: string): Place[] {
    const places: Place[] = [];
    let depth = 0;
    let name: string | undefined;
    let opened = -1;
    for (const { 0: found, index } of data.matchAll(token)) {
      const end = index + found.length;
      if (found === '{' || found === '[') {
        if (depth === 1 && name !== undefined && name === this.#apart && found === '{') opened = index;
        depth += 1;
        name = undefined;
        continue;
      }
      if (found === '}' || found === ']') {
        depth -= 1;
        if (depth === 1 && opened !== -1) places.push({ start: opened, end, hole: 'object' });
        if (depth === 1) opened = -1;
        name = undefined;
        continue;
      }
      colon.lastIndex = end;
      if (name === undefined && found.startsWith(QUOTE) && colon.test(data)) {
        name = unescaped(found.slice(1, -1));
        continue;
      }
      const hole = opened === -1 && name !== undefined ? this.#holeFor(name, found, depth) : undefined;
      if (hole === 'digits') places.push({ start: index, end, hole });
      else if (hole !== undefined) places.push({ start: index + 1, end: end - 1, hole });
      name = undefined;
    }
    return places;
  }

  #holeFor(name: string, found: string, depth: number): Hole | undefined {
    const isString = found.startsWith(QUOTE);
    if (isString && this.#texts.has(name)) return found === '""' ? undefined : 'text';
    if (depth !== 1 || !this.#unheard.has(name)) return undefined;
    if (isString) return 'string';
    return /^\d+$/.test(found) ? 'digits' : undefined;
  }
}

/** Where a string's closing quote is, from behind the opening one; -1 if nowhere. */
function stringEnd(data: string, start: number): number {
  let quote = data.indexOf(QUOTE, start);
  while (quote !== -1 && isEscaped(data, quote, start)) quote = data.indexOf(QUOTE, quote + 1);
  return quote;
}

function isEscaped(data: string, quote: number, start: number): boolean {
  let at = quote;
  while (at > start && data.charCodeAt(at - 1) === BACKSLASH) at -= 1;
  return (quote - at) % 2 === 1;
}

/** Behind the last digit; -1 if there is none. */
function digitsEnd(data: string, start: number): number {
  let at = start;
  let code = data.charCodeAt(at);
  while (code >= DIGIT_0 && code <= DIGIT_9) {
    at += 1;
    code = data.charCodeAt(at);
  }
  return at === start ? -1 : at;
}

function unescaped(raw: string): string | undefined {
  try {
    return JSON.parse(`"${raw}"`) as string;
  } catch {
    return undefined;
  }
}
