import type { JsonObject } from '@tapgate/core';

/** Fields of a response object that canonical events say in other words, or that only client libraries make. */
const said: ReadonlySet<string> = new Set([
  'id',
  'object',
  'created_at',
  'status',
  'model',
  'output',
  'output_text',
  'usage',
  'error',
]);

/** The fields of a response object that have no canonical word: the echo of the request, and what the vendor adds. */
export function responseFields(response: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(response).filter(([name]) => !said.has(name)));
}
