import { RawJson } from './raw-json.ts';

/** Any JSON value, as `readJson` gives it and `writeJson` takes it. */
export type Json = null | boolean | number | string | RawJson | readonly Json[] | JsonObject;

/** A JSON object. A member that is undefined is not written. */
export interface JsonObject {
  [key: string]: Json | undefined;
}

/** Whether it is an object with members: neither an array, nor null, nor a `RawJson`. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof RawJson);
}

/** Whether it is an array. */
export function isArray(value: unknown): value is readonly Json[] {
  return Array.isArray(value);
}

/** The string, or undefined for anything else. */
export function asString(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** The number, or undefined for anything else. A number kept as `RawJson` counts as the nearest double. */
export function asNumber(value: unknown): number | undefined {
  const number = value instanceof RawJson ? value.value : value;
  return typeof number === 'number' ? number : undefined;
}

/** The boolean, or undefined for anything else. */
export function asBoolean(value: unknown): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined;
}

/** Reads a stream's chunk the quick way: undefined where the text is no JSON, or no object. Digits beyond a double are lost. */
export function parseObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
