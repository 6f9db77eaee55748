import { RawJson } from './raw-json.ts';
import type { Json, JsonObject } from './json.ts';

/**
 * Writes JSON as `JSON.stringify` does, on one line where no `RawJson` has more, and a `RawJson` as its text,
 * character for character. Members that are undefined are left out; what JSON has no number for becomes null.
 */
export function writeJson(value: Json): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value);
    case 'number':
      return Number.isFinite(value) ? String(value) : 'null';
    case 'boolean':
      return value ? 'true' : 'false';
    default:
      if (value === null) return 'null';
      if (value instanceof RawJson) return value.text;
      return Array.isArray(value) ? writeArray(value) : writeObject(value as JsonObject);
  }
}

function writeArray(array: readonly (Json | undefined)[]): string {
  let text = '';
  for (const item of array) text += `${text && ','}${writeJson(item ?? null)}`;
  return `[${text}]`;
}

function writeObject(object: JsonObject): string {
  let text = '';
  for (const key of Object.keys(object)) {
    const value = object[key];
    if (value !== undefined) text += `${text && ','}${JSON.stringify(key)}:${writeJson(value)}`;
  }
  return `{${text}}`;
}
