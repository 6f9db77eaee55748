import { isObject, type Json, type JsonObject, readJson } from '@tapgate/core';

/** Arguments are never parsed and written again. */
const raw = new Set(['arguments']);

/** The object that a line is, `blank` for one that says nothing; undefined where it is neither. */
export function lineIn(bytes: Uint8Array): JsonObject | 'blank' | undefined {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8').trim();
  return text === '' ? 'blank' : objectIn(text);
}

/** The object that a text is; undefined where it is none. */
export function objectIn(text: string): JsonObject | undefined {
  let value: Json;
  try {
    value = readJson(text, { raw });
  } catch {
    return undefined;
  }
  return isObject(value) ? value : undefined;
}
