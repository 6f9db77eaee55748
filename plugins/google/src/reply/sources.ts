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
import { dialectName } from '../dialect-name.ts';

/** A text part of an answer, whole. */
export interface Spoken {
  readonly part: string;
  readonly text: string;
}

/** A source, and the part of the answer that rests on it. */
export interface Found {
  readonly part: string | undefined;
  readonly citation: Citation;
}

/**
 * What an answer rests on, from a candidate's grounding and citations. The vendor counts offsets in bytes of UTF-8, over
 * all text of the answer; here they count code points of their part.
 *
 * @see https://ai.google.dev/api/generate-content#GroundingMetadata
 */
export function readSources(candidate: JsonObject, spoken: readonly Spoken[]): readonly Found[] {
  return [
    ...groundingOf(candidate['groundingMetadata'], spoken),
    ...citationsOf(candidate['citationMetadata'], spoken),
  ];
}

function groundingOf(metadata: Json | undefined, spoken: readonly Spoken[]): readonly Found[] {
  if (!isObject(metadata)) return [];
  const chunks = listOf(metadata['groundingChunks']);
  const cited = new Set<number>();
  const found = listOf(metadata['groundingSupports']).flatMap((support) => {
    const segment = isObject(support['segment']) ? support['segment'] : {};
    const place = locate(segment, spoken);
    const indices = isArray(support['groundingChunkIndices']) ? support['groundingChunkIndices'] : [];
    return indices.flatMap((index) => {
      const chunk = typeof index === 'number' ? chunks[index] : undefined;
      if (chunk === undefined) return [];
      cited.add(index as number);
      return [
        {
          part: place.part,
          citation: { ...place.span, ...sourceOf(chunk), raw: { dialect: dialectName, json: chunk } },
        },
      ];
    });
  });
  const others = chunks.filter((_, index) => !cited.has(index));
  return [
    ...found,
    ...others.map((chunk) => ({
      part: undefined,
      citation: { ...sourceOf(chunk), raw: { dialect: dialectName, json: chunk } },
    })),
  ];
}

function citationsOf(metadata: Json | undefined, spoken: readonly Spoken[]): readonly Found[] {
  if (!isObject(metadata)) return [];
  return listOf(metadata['citations'] ?? metadata['citationSources']).map((json) => {
    const place = locate(json, spoken);
    const citation = { ...place.span, ...defined({ url: asString(json['uri']), title: asString(json['title']) }) };
    return { part: place.part, citation: { ...citation, raw: { dialect: dialectName, json } } };
  });
}

function listOf(value: Json | undefined): readonly JsonObject[] {
  return isArray(value) ? value.filter(isObject) : [];
}

/** A chunk is of the web, of a map, or of the caller's own documents. */
function sourceOf(chunk: JsonObject): Citation {
  const [source] = Object.values(chunk).filter(isObject);
  if (source === undefined) return {};
  return defined({ url: asString(source['uri']), title: asString(source['title']), text: asString(source['text']) });
}

interface Located {
  readonly part: string | undefined;
  readonly span: { readonly start?: number; readonly end?: number };
}

/** Where a segment lies. What it quotes is believed before its offsets, since streams and whole answers count differently. */
function locate(segment: JsonObject, spoken: readonly Spoken[]): Located {
  const start = asNumber(segment['startIndex']) ?? 0;
  const end = asNumber(segment['endIndex']);
  const quoted = asString(segment['text']);
  const first = asNumber(segment['partIndex']) ?? 0;
  if (end === undefined) return { part: spoken[first]?.part, span: {} };
  let before = 0;
  for (const { part, text } of spoken.slice(first)) {
    const bytes = Buffer.from(text);
    const [from, to] = [start - before, end - before];
    if (from >= 0 && to <= bytes.byteLength) {
      const said = bytes.subarray(from, to).toString('utf8');
      if (quoted === undefined || quoted === said)
        return { part, span: { start: codePoints(bytes, from), end: codePoints(bytes, to) } };
    }
    before += bytes.byteLength;
  }
  return quoted === undefined || quoted === '' ? { part: undefined, span: {} } : search(quoted, spoken);
}

function search(quoted: string, spoken: readonly Spoken[]): Located {
  for (const { part, text } of spoken) {
    const at = text.indexOf(quoted);
    if (at === -1) continue;
    const start = Array.from(text.slice(0, at)).length;
    return { part, span: { start, end: start + Array.from(quoted).length } };
  }
  return { part: undefined, span: {} };
}

/** How many code points the first bytes of a text are: those that do not continue another. */
function codePoints(bytes: Uint8Array, end: number): number {
  let count = 0;
  for (let at = 0; at < end; at += 1) if (((bytes[at] as number) & 0xc0) !== 0x80) count += 1;
  return count;
}
