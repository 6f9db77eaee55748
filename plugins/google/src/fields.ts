import { asBoolean, asNumber, asString, isArray, isObject, RawJson, type Json, type JsonObject } from '@tapgate/core';

/**
 * Takes an object's members one by one, by their names in camel case; the API takes them in snake case as well. A null
 * says no more than a missing member. What nobody took is what the canonical form has no word for.
 *
 * @see https://protobuf.dev/programming-guides/json/
 */
export class Fields {
  readonly #object: JsonObject;
  /** Names in camel case to the keys as they were written. */
  readonly #left = new Map<string, string>();

  constructor(object: JsonObject) {
    this.#object = object;
    for (const key of Object.keys(object)) this.#left.set(camelCase(key), key);
  }

  /** The member without taking it; undefined for null. */
  peek(name: string): Json | undefined {
    const key = this.#left.get(name);
    return key === undefined ? undefined : (this.#object[key] ?? undefined);
  }

  /** The member whatever it is. */
  take(name: string): Json | undefined {
    const value = this.peek(name);
    this.#left.delete(name);
    return value;
  }

  string(name: string): string | undefined {
    return this.#taken(name, asString(this.peek(name)));
  }

  /** A number that a double says; one with more digits stays behind. */
  number(name: string): number | undefined {
    const value = this.peek(name);
    return this.#taken(name, value instanceof RawJson ? undefined : asNumber(value));
  }

  boolean(name: string): boolean | undefined {
    return this.#taken(name, asBoolean(this.peek(name)));
  }

  object(name: string): JsonObject | undefined {
    const value = this.peek(name);
    return this.#taken(name, isObject(value) ? value : undefined);
  }

  /** An object or a list as it was written. */
  raw(name: string): RawJson | undefined {
    const value = this.peek(name);
    return this.#taken(name, value instanceof RawJson ? value : undefined);
  }

  /** A list of objects, if it holds nothing else. The API takes a single one for a list of one. */
  objects(name: string): readonly JsonObject[] | undefined {
    const value = this.peek(name);
    if (isObject(value)) return this.#taken(name, [value]);
    return this.#taken(name, isArray(value) && value.every(isObject) ? value : undefined);
  }

  strings(name: string): readonly string[] | undefined {
    const value = this.peek(name);
    const strings = isArray(value) && value.every((item) => typeof item === 'string');
    return this.#taken(name, strings ? value : undefined);
  }

  /** What nobody took, as it was written; undefined where all was. */
  rest(): JsonObject | undefined {
    if (this.#left.size === 0) return undefined;
    const rest: JsonObject = {};
    for (const key of this.#left.values()) {
      // An assignment to `__proto__` would set the prototype.
      Object.defineProperty(rest, key, {
        value: this.#object[key],
        writable: true,
        enumerable: true,
        configurable: true,
      });
    }
    return rest;
  }

  #taken<T>(name: string, value: T | undefined): T | undefined {
    if (value !== undefined) this.#left.delete(name);
    return value;
  }
}

function camelCase(key: string): string {
  return key.includes('_') ? key.replaceAll(/(?<=.)_([a-z\d])/g, (_, letter: string) => letter.toUpperCase()) : key;
}
