import type { Citation, JsonObject } from '@tapgate/core';
import { dialectName } from './dialect-name.ts';
import { tag } from './seal-tag.ts';

const MAX_TITLE = 512;

/**
 * A citation as this dialect says it. One of another vendor's web search takes the form of a web search result, marked
 * as foreign where this vendor keeps its own index; nothing for a source without an address.
 */
export function writeCitation(citation: Citation): JsonObject | undefined {
  if (citation.raw?.dialect === dialectName) return citation.raw.json;
  if (citation.url === undefined) return undefined;
  return {
    type: 'web_search_result_location',
    cited_text: citation.text ?? '',
    url: citation.url,
    title: citation.title?.slice(0, MAX_TITLE) ?? null,
    encrypted_index: tag,
  };
}
