import { asNumber, asString, type Citation, defined, isArray, isObject, type JsonObject } from '@tapgate/core';
import { dialectName } from '../dialect-name.ts';

/** A citation. The vendor counts characters as the canonical form does: by code points of the text. */
export function readCitation(json: JsonObject): Citation {
  const sources = json['sources'];
  const [source] = isArray(sources) ? sources.filter(isObject) : [];
  const document = isObject(source?.['document']) ? source['document'] : {};
  return defined({
    start: asNumber(json['start']),
    end: asNumber(json['end']),
    text: asString(json['text']),
    url: asString(document['url']),
    title: asString(document['title']),
    raw: { dialect: dialectName, json },
  });
}

/** A citation of the vendor's own, as it came; of another's, as a source that is a document. */
export function writeCitation(citation: Citation): JsonObject {
  if (citation.raw?.dialect === dialectName) return citation.raw.json;
  const { start = 0, end = 0, text = '', url, title } = citation;
  const document = defined({ url, title });
  return { start, end, text, sources: [{ type: 'document', id: url ?? title ?? '', document }], type: 'TEXT_CONTENT' };
}
