import { asBoolean, asString, isArray, isObject, type Json, type JsonObject } from '@tapgate/core';
import { put } from './own.ts';

/**
 * Takes an object's members one by one, each only if it is of the type that is understood.
 * What is left over is what the canonical form has no word for; it rides along as it is.
 */
export class Fields {
  readonly #object: JsonObject;
  readonly #left: Set<string>;

  constructor(object: JsonObject) {
    this.#object = object;
    this.#left = new Set(Object.keys(object));
  }

  /** The member, without taking it. */
  peek(name: string): Json | undefined {
    return this.#left.has(name) ? this.#object[name] : undefined;
  }

  /** The member whatever it is. */
  take(name: string): Json | undefined {
    return this.#left.delete(name) ? this.#object[name] : undefined;
  }

  string(name: string): string | undefined {
    return this.#taken(name, asString(this.peek(name)));
  }

  /** A number that a double says exactly. */
  number(name: string): number | undefined {
    const value = this.peek(name);
    return typeof value === 'number' ? this.#taken(name, value) : undefined;
  }

  boolean(name: string): boolean | undefined {
    return this.#taken(name, asBoolean(this.peek(name)));
  }

  object(name: string): JsonObject | undefined {
    const value = this.peek(name);
    return isObject(value) ? this.#taken(name, value) : undefined;
  }

  array(name: string): readonly Json[] | undefined {
    const value = this.peek(name);
    return isArray(value) ? this.#taken(name, value) : undefined;
  }

  /** Reads a member's own members; what is left of them stays, under the same name. */
  nested<T>(name: string, read: (inner: Fields) => T): T | undefined {
    const value = this.peek(name);
    if (!isObject(value)) return undefined;
    const inner = new Fields(value);
    const result = read(inner);
    const rest = inner.rest();
    if (rest === undefined) this.#left.delete(name);
    else this.#replaced.set(name, rest);
    return result;
  }

  /** What nobody took; nothing where all was taken. */
  rest(): JsonObject | undefined {
    if (this.#left.size === 0) return undefined;
    const rest: JsonObject = {};
    for (const name of this.#left) put(rest, name, this.#replaced.get(name) ?? this.#object[name]);
    return rest;
  }

  readonly #replaced: Map<string, JsonObject> = new Map();

  #taken<T>(name: string, value: T | undefined): T | undefined {
    if (value !== undefined) this.#left.delete(name);
    return value;
  }
}
