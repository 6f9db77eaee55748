/** A string's place in JSON: names of members from the outside in, `*` for any item of an array. */
export interface StringPlace {
  readonly path: readonly string[];
  /** What the `type` beside it must be; absent: anything. */
  readonly type?: string;
}

interface Found<Place> {
  readonly place: Place;
  /** The string's quotes included. */
  readonly start: number;
  readonly end: number;
}

/**
 * The text with strings at known places replaced, and not a character of it changed elsewhere: values of JSON, and what stands
 * around and between them, such as the fields of an event. `change` gives the new string, or nothing to leave it.
 * A text that is no JSON behind its first brace stays as it is.
 */
export function replaceStrings<Place extends StringPlace>(
  text: string,
  places: readonly Place[],
  change: (value: string, place: Place) => string | undefined,
): string {
  const scan = new Scan(text, places);
  let out = '';
  let at = 0;
  for (const { place, start, end } of scan.found()) {
    const value = stringIn(text.slice(start, end));
    const changed = value === undefined ? undefined : change(value, place);
    if (changed === undefined) continue;
    out += text.slice(at, start) + JSON.stringify(changed);
    at = end;
  }
  return out + text.slice(at);
}

function stringIn(json: string): string | undefined {
  try {
    return JSON.parse(json) as string;
  } catch {
    return undefined;
  }
}

const maxDepth = 200;

class Scan<Place extends StringPlace> {
  readonly #text: string;
  readonly #places: readonly Place[];
  readonly #found: Found<Place>[] = [];
  #at = 0;

  constructor(text: string, places: readonly Place[]) {
    this.#text = text;
    this.#places = places;
  }

  found(): readonly Found<Place>[] {
    try {
      for (let next = this.#text.indexOf('{'); next !== -1; next = this.#text.indexOf('{', this.#at)) {
        this.#at = next;
        this.#value(this.#places, 0);
      }
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      return [];
    }
    return this.#found.toSorted((one, other) => one.start - other.start);
  }

  /** Skips a value; `live` are the places whose path has led here. */
  #value(live: readonly Place[], depth: number): void {
    const code = this.#next();
    if (depth > maxDepth) throw new RangeError('too deep');
    if (code === '{') this.#object(live, depth);
    else if (code === '[') this.#array(live, depth);
    else if (code === '"') this.#string();
    else this.#scalar();
  }

  #object(live: readonly Place[], depth: number): void {
    const here: Found<Place>[] = [];
    let type: string | undefined;
    this.#at += 1;
    for (let code = this.#next(); code !== '}'; code = this.#next()) {
      if (code === ',') {
        this.#at += 1;
        continue;
      }
      const key = this.#key();
      const inner = live.filter(({ path }) => path[depth] === key);
      const start = this.#skipSpace();
      this.#value(inner, depth + 1);
      if (this.#text[start] !== '"') continue;
      const end = this.#at;
      if (key === 'type') type = stringIn(this.#text.slice(start, end));
      for (const place of inner) if (place.path.length === depth + 1) here.push({ place, start, end });
    }
    this.#at += 1;
    for (const one of here) if (one.place.type === undefined || one.place.type === type) this.#found.push(one);
  }

  #array(live: readonly Place[], depth: number): void {
    const inner = live.filter(({ path }) => path[depth] === '*');
    this.#at += 1;
    for (let code = this.#next(); code !== ']'; code = this.#next()) {
      if (code === ',') this.#at += 1;
      else this.#value(inner, depth + 1);
    }
    this.#at += 1;
  }

  #key(): string | undefined {
    const start = this.#at;
    if (this.#text[start] !== '"') throw new RangeError('no key');
    this.#string();
    const key = stringIn(this.#text.slice(start, this.#at));
    if (this.#next() !== ':') throw new RangeError('no value');
    this.#at += 1;
    return key;
  }

  #string(): void {
    let end = this.#text.indexOf('"', this.#at + 1);
    while (end !== -1 && this.#isEscaped(end)) end = this.#text.indexOf('"', end + 1);
    if (end === -1) throw new RangeError('cut');
    this.#at = end + 1;
  }

  #isEscaped(quote: number): boolean {
    let at = quote;
    while (this.#text[at - 1] === '\\') at -= 1;
    return (quote - at) % 2 === 1;
  }

  #scalar(): void {
    const start = this.#at;
    while (/[\w.+-]/.test(this.#text[this.#at] ?? '')) this.#at += 1;
    if (this.#at === start) throw new RangeError('no value');
  }

  #skipSpace(): number {
    while (/\s/.test(this.#text[this.#at] ?? '')) this.#at += 1;
    return this.#at;
  }

  #next(): string {
    const code = this.#text[this.#skipSpace()];
    if (code === undefined) throw new RangeError('cut');
    return code;
  }
}
