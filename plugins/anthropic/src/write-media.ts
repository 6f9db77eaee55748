import { asString, isObject, type JsonObject, type MediaPart, sniffMediaType } from '@tapgate/core';
import { ownMembers, ownOf, withCache } from './own-fields.ts';
import type { Writing } from './writing.ts';
import { textOf } from './read-media.ts';

const images = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp']);

/** An image, a PDF or a text as a block; nothing, and a loss, for what the API does not take. */
export function writeMedia(part: MediaPart, path: string, writing: Writing): JsonObject | undefined {
  if (part.detail !== undefined && part.detail !== 'auto')
    writing.losses.hint(path, 'images have no level of detail here');
  const block = searchResult(part) ?? written(part, path, writing);
  if (block === undefined) return undefined;
  return withCache({ ...block, ...ownMembers(part) }, part.cache);
}

function written(part: MediaPart, path: string, writing: Writing): JsonObject | undefined {
  const { data } = part;
  const mediaType = writing.own ? part.mediaType : typeOf(part);
  if (isTextual(mediaType) && !('url' in data) && !('fileId' in data)) return textDocument(part);
  if (mediaType === 'application/pdf' && writing.able['files'] !== false)
    return document(part, sourceOf(part, path, writing, mediaType));
  if (mediaType.startsWith('image/') && writing.able['images'] !== false) {
    const isTaken = images.has(mediaType) || !('base64' in data);
    const source = isTaken ? sourceOf(part, path, writing, mediaType) : undefined;
    if (source !== undefined) return { type: 'image', source };
  }
  if ('fileId' in data && writing.own) return document(part, sourceOf(part, path, writing, mediaType));
  writing.losses.contract(path, `it does not take ${mediaType}`);
  return undefined;
}

/** What the data are, whatever the client says: a wrong media type is refused by the API. */
function typeOf({ mediaType, data }: MediaPart): string {
  const seen = 'base64' in data ? sniffMediaType(data.base64) : undefined;
  return seen ?? mediaType.toLowerCase().split(';')[0]?.trim() ?? '';
}

function sourceOf(part: MediaPart, path: string, writing: Writing, mediaType: string): JsonObject | undefined {
  const { data } = part;
  if ('base64' in data) return { type: 'base64', media_type: mediaType, data: data.base64 };
  if ('url' in data) return { type: 'url', url: data.url };
  if ('text' in data) return { type: 'text', media_type: 'text/plain', data: data.text };
  if (writing.own) return { type: 'file', file_id: data.fileId };
  writing.losses.contract(path, 'a file that was uploaded to another vendor is not known here');
  return undefined;
}

function document(part: MediaPart, source: JsonObject | undefined): JsonObject | undefined {
  return source && { type: 'document', source, ...(part.name !== undefined && { title: part.name }) };
}

function isTextual(mediaType: string): boolean {
  return mediaType.startsWith('text/') || mediaType === 'application/json' || mediaType === 'application/xml';
}

/** A text document. Chunks that the client made itself stay as they were, while their text is still the same. */
function textDocument(part: MediaPart): JsonObject | undefined {
  const { data } = part;
  const text = 'text' in data ? data.text : 'base64' in data ? Buffer.from(data.base64, 'base64').toString('utf8') : '';
  const chunks = ownOf(part)?.['$source'];
  if (isObject(chunks) && textOf(chunks['content']) === text) return document(part, chunks);
  return document(part, { type: 'text', media_type: 'text/plain', data: text });
}

/** A search result that came in this dialect, while its text is still the same. */
function searchResult(part: MediaPart): JsonObject | undefined {
  const search = ownOf(part)?.['$search'];
  if (!isObject(search) || !('text' in part.data)) return undefined;
  const { source, content } = search;
  if (`${asString(source)}\n\n${textOf(content)}` !== part.data.text) return undefined;
  return { type: 'search_result', title: part.name ?? '', source, content };
}
