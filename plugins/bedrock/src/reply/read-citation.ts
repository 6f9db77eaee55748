import { asNumber, asString, type Citation, defined, isArray, isObject, type JsonObject } from '@tapgate/core';
import { dialectName } from '../dialect-name.ts';

/**
 * A citation. It rests under the whole of its block's text, so it has no span.
 *
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Citation.html
 */
export function readCitation(json: JsonObject): Citation {
  const { title, source, sourceContent, location } = json;
  const web = isObject(location) && isObject(location['web']) ? location['web'] : undefined;
  const address = asString(web?.['url']) ?? asString(source);
  return defined({
    url: address !== undefined && /^https?:/.test(address) ? address : undefined,
    title: asString(title),
    text: textOf(sourceContent),
    raw: { dialect: dialectName, json },
  });
}

/** What was cited, its pieces put together. */
function textOf(content: unknown): string | undefined {
  if (!isArray(content)) return undefined;
  const texts = content.map((piece) => (isObject(piece) ? asString(piece['text']) : undefined));
  return texts.filter((text) => text !== undefined).join('') || undefined;
}

/** A citation of the vendor's own, as it came; of another's, what can be said of it here. */
export function writeCitation(citation: Citation): JsonObject {
  if (citation.raw?.dialect === dialectName) return citation.raw.json;
  const { url, title, text } = citation;
  return {
    title,
    source: url,
    sourceContent: text === undefined ? undefined : [{ text }],
    location: url === undefined ? undefined : { web: { url } },
  };
}

/** The number that a block has, or 0. */
export function indexOf(event: JsonObject): number {
  return asNumber(event['contentBlockIndex']) ?? 0;
}
