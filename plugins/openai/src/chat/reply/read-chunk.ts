import { isArray, isObject, parseObject, readJson, type Json, type JsonObject } from '@tapgate/core';

const raw: ReadonlySet<string> = new Set(['arguments']);

/** A chunk's text as an object; nothing where it is none. Arguments that are an object keep their text. */
export function readChunk(text: string): JsonObject | undefined {
  const chunk = parseObject(text);
  return chunk !== undefined && hasObjectArguments(chunk) ? (readWhole(text) ?? chunk) : chunk;
}

/** Signs of what the quick way of reading loses: digits that no double keeps, and arguments that are not text. */
const losable = /[\d.]{16}|\d[eE][+-]?\d{3}|"arguments"\s*:\s*[^"\s]/;

/** A whole answer's text as an object, without losing a digit; nothing where it is none. */
export function readWhole(text: string): JsonObject | undefined {
  if (!losable.test(text)) return parseObject(text);
  try {
    const json = readJson(text, { raw });
    return isObject(json) ? json : undefined;
  } catch {
    return undefined;
  }
}

function hasObjectArguments(chunk: JsonObject): boolean {
  return listIn(chunk['choices']).some(
    (choice) => isObject(choice) && isObjectCall(choice['delta'] ?? choice['message']),
  );
}

function isObjectCall(delta: Json | undefined): boolean {
  return isObject(delta) && listIn(delta['tool_calls']).some((call) => isObject(call) && hasObject(call['function']));
}

function hasObject(call: Json | undefined): boolean {
  return isObject(call) && isObject(call['arguments']);
}

function listIn(value: Json | undefined): readonly Json[] {
  return isArray(value) ? value : [];
}
