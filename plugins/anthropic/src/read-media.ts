import { asString, defined, isArray, isObject, type Json, type JsonObject, type MediaPart } from '@tapgate/core';
import { ownFields, takeCache } from './own-fields.ts';

type Data = MediaPart['data'];

/** An image block; nothing for a source that the canonical form has no word for. */
export function readImage(block: JsonObject): MediaPart | undefined {
  const { type: _type, source, ...rest } = block;
  const from = sourceOf(source);
  return (
    from && {
      kind: 'media',
      mediaType: from.mediaType ?? 'image/*',
      data: from.data,
      ...takeCache(rest),
      ...ownFields(rest),
    }
  );
}

/** A document block: a PDF, a text, or the client's own chunks of text. */
export function readDocument(block: JsonObject): MediaPart | undefined {
  const { type: _type, source, title, ...rest } = block;
  if (typeof title !== 'string' && title !== undefined) rest['title'] = title;
  const from = sourceOf(source) ?? chunksOf(source);
  if (from === undefined) return undefined;
  if (from.source !== undefined) rest['$source'] = from.source;
  const part = {
    mediaType: from.mediaType ?? 'application/pdf',
    data: from.data,
    name: asString(title),
    ...takeCache(rest),
  };
  return { kind: 'media', ...defined(part), ...ownFields(rest) };
}

/** A search result that the client brings: for other vendors a text with a title. */
export function readSearchResult(block: JsonObject): MediaPart | undefined {
  const { type: _type, title, source, content, ...rest } = block;
  const text = textOf(content);
  if (text === undefined || typeof title !== 'string' || typeof source !== 'string') return undefined;
  rest['$search'] = { source, content: content ?? null };
  const part = { mediaType: 'text/plain', data: { text: `${source}\n\n${text}` }, name: title, ...takeCache(rest) };
  return { kind: 'media', ...part, ...ownFields(rest) };
}

/** The text of a list of text blocks, one block a paragraph; nothing for anything else. */
export function textOf(content: Json | undefined): string | undefined {
  if (typeof content === 'string') return content;
  if (!isArray(content)) return undefined;
  const texts = content.map((block) =>
    isObject(block) && block['type'] === 'text' ? asString(block['text']) : undefined,
  );
  return texts.every((text) => text !== undefined) ? texts.join('\n\n') : undefined;
}

interface Source {
  readonly data: Data;
  readonly mediaType?: string;
  /** The source as it was written, where its text alone does not say it. */
  readonly source?: JsonObject;
}

function sourceOf(source: Json | undefined): Source | undefined {
  if (!isObject(source)) return undefined;
  const { type, ...members } = source;
  const mediaType = asString(members['media_type']);
  switch (type) {
    case 'base64':
      return only(members, ['data', 'media_type'], (data) => defined({ data: { base64: data }, mediaType }));
    case 'text':
      return only(members, ['data', 'media_type'], (data) => defined({ data: { text: data }, mediaType }));
    case 'url':
      return only(members, ['url'], (url) => ({ data: { url } }));
    case 'file':
      return only(members, ['file_id'], (fileId) => ({ data: { fileId } }));
    default:
      return undefined;
  }
}

/** Reads the first of the names, if the source has no member but these. */
function only(members: JsonObject, names: readonly string[], read: (value: string) => Source): Source | undefined {
  const [first = ''] = names;
  const value = members[first];
  const known = Object.entries(members).every(([name, member]) => names.includes(name) && typeof member === 'string');
  return typeof value === 'string' && known ? read(value) : undefined;
}

function chunksOf(source: Json | undefined): Source | undefined {
  if (!isObject(source) || source['type'] !== 'content') return undefined;
  const text = textOf(source['content']);
  return text === undefined ? undefined : { data: { text }, mediaType: 'text/plain', source };
}
