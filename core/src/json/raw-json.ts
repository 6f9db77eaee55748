import type { Json } from './json.ts';

/**
 * A piece of JSON as it was written, beside what it says. Writing it gives `text` back, character for character:
 * the order of keys, the spaces and the digits that a parsed and re-written value would lose.
 */
export class RawJson {
  /** The source: one JSON value, without white space around it. */
  readonly text: string;
  /** What the text says. A number here is the nearest double. */
  readonly value: Json;

  constructor(text: string, value: Json) {
    this.text = text;
    this.value = value;
  }

  /** For a plain `JSON.stringify`, which cannot write the text: the value, and not the two fields. */
  toJSON(): Json {
    return this.value;
  }
}
