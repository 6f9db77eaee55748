import { asString, parseObject, type JsonObject } from '@tapgate/core';

const searches: ReadonlySet<string> = new Set(['web_search', 'google_search', 'web_search_preview']);

/** A search of the web that another vendor made, as this dialect tells one; nothing for any other tool. */
export function searchItem(name: string, args: string): JsonObject | undefined {
  if (!searches.has(name)) return undefined;
  const query = asString(parseObject(args)?.['query']) ?? '';
  return { type: 'web_search_call', status: 'completed', action: { type: 'search', query } };
}
