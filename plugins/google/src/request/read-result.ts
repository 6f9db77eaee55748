import { isObject, RawJson, readJson, writeJson, type JsonObject, type Part } from '@tapgate/core';
import type { Fields } from '../fields.ts';
import { readPart } from './read-part.ts';

/** What a result says, and whether it is an error. */
export interface Said {
  readonly parts: readonly Part[];
  readonly isError?: true;
}

/**
 * Takes a function response's content. A response that is only an `output` or an `error` text becomes that text, any other
 * the JSON it is: the API takes the whole of it as the output then.
 *
 * @see https://ai.google.dev/api/caching#FunctionResponse
 */
export function readResultParts(fields: Fields): Said {
  const response = fields.take('response');
  const { text, isError } = said(
    response instanceof RawJson ? response : new RawJson(writeJson(response ?? {}), response ?? {}),
  );
  const media = (fields.objects('parts') ?? []).map(readPart);
  return { parts: [{ kind: 'text', text }, ...media], ...(isError && { isError }) };
}

function said(response: RawJson): { readonly text: string; readonly isError?: true } {
  const { value, text } = response;
  const [[name, only] = []] = isObject(value) ? Object.entries(value) : [];
  const single = isObject(value) && Object.keys(value).length === 1;
  const isError = single && name === 'error' ? { isError: true as const } : {};
  const isPlain =
    single && (name === 'output' || name === 'error') && typeof only === 'string' && objectIn(only) === undefined;
  return { text: isPlain ? only : text, ...isError };
}

/** A text as a function response. */
export function responseOf(text: string, isError: boolean): RawJson | JsonObject {
  const object = objectIn(text);
  if (!isError) return object ?? { output: text };
  return object !== undefined && isObject(object.value) && 'error' in object.value ? object : { error: text };
}

/** The JSON object that a text is, as it is written. */
function objectIn(text: string): RawJson | undefined {
  const trimmed = text.trim();
  if (!trimmed.startsWith('{') || !trimmed.endsWith('}')) return undefined;
  try {
    const value = readJson(trimmed);
    return isObject(value) ? new RawJson(trimmed, value) : undefined;
  } catch {
    return undefined;
  }
}
