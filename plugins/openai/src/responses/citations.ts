import { asNumber, asString, type Citation, defined, type JsonObject } from '@tapgate/core';
import { dialectName } from './names.ts';

/** An annotation of output text as a citation. Its offsets count characters of the part's text, as the canonical ones do. */
export function readAnnotation(annotation: JsonObject): Citation {
  return defined({
    start: asNumber(annotation['start_index']),
    end: asNumber(annotation['end_index']),
    url: asString(annotation['url']),
    title: asString(annotation['title']) ?? asString(annotation['filename']),
    raw: { dialect: dialectName, json: annotation },
  });
}

/** A citation as an annotation; nothing where it names no address and did not come from this dialect. */
export function writeAnnotation(citation: Citation, textLength: number): JsonObject | undefined {
  if (citation.raw?.dialect === dialectName) return citation.raw.json;
  if (citation.url === undefined) return undefined;
  return {
    type: 'url_citation',
    start_index: citation.start ?? textLength,
    end_index: citation.end ?? textLength,
    url: citation.url,
    title: citation.title ?? citation.url,
  };
}
