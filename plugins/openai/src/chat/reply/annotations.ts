import {
  asNumber,
  asString,
  type Citation,
  defined,
  isArray,
  isObject,
  type Json,
  type JsonObject,
} from '@tapgate/core';
import { chatDialect } from '../own.ts';

/** An annotation of an answer's text as a citation. Offsets count characters of the text, as the canonical ones do. */
export function readAnnotation(annotation: JsonObject): Citation {
  const holder = annotation['url_citation'];
  const cited = isObject(holder) ? holder : annotation;
  return {
    ...defined({
      start: asNumber(cited['start_index']),
      end: asNumber(cited['end_index']),
      url: asString(cited['url']),
      title: asString(cited['title']),
      text: asString(cited['content']),
    }),
    raw: { dialect: chatDialect, json: annotation },
  };
}

/** A citation as an annotation; `offset` is where its text begins in the whole answer. Nothing where it names no address. */
export function writeAnnotation(citation: Citation, offset: number, length: number): JsonObject | undefined {
  if (citation.raw?.dialect === chatDialect) {
    return citation.raw.json['type'] === undefined ? undefined : citation.raw.json;
  }
  if (citation.url === undefined) return undefined;
  return {
    type: 'url_citation',
    url_citation: {
      start_index: citation.start === undefined ? offset + length : offset + citation.start,
      end_index: offset + (citation.end ?? length),
      url: citation.url,
      title: citation.title ?? citation.url,
    },
  };
}

/**
 * Sources that a vendor lists beside the answer, not in it. They ride along as they are for clients of this dialect; others
 * get them as citations of nothing in particular.
 */
export function listedSources(chunk: JsonObject): readonly Citation[] {
  const results = chunk['search_results'];
  const titled = new Map<string, string>();
  for (const result of isArray(results) ? results : []) {
    const url = isObject(result) ? asString(result['url']) : undefined;
    if (url !== undefined) titled.set(url, asString((result as JsonObject)['title']) ?? url);
  }
  const urls = isArray(chunk['citations']) ? chunk['citations'].filter(isText) : [...titled.keys()];
  return urls.map((url) => ({
    url,
    ...defined({ title: titled.get(url) }),
    raw: { dialect: chatDialect, json: {} },
  }));
}

function isText(value: Json): value is string {
  return typeof value === 'string';
}
