import {
  asString,
  defined,
  isArray,
  isObject,
  type Json,
  type JsonObject,
  type MediaPart,
  type OpaquePart,
  type Part,
  RawJson,
  writeJson,
} from '@tapgate/core';
import { dialectName } from '../dialect-name.ts';
import { ownFields } from '../own-fields.ts';

/** What a message says. `$content` notes in `rest` one that was not written as a list of blocks. */
export function readContent(content: Json | undefined, rest: JsonObject): readonly Part[] {
  if (isArray(content)) return content.map(readBlock);
  rest['$content'] = typeof content === 'string' ? 'text' : content === undefined ? 'none' : content;
  return typeof content === 'string' ? [{ kind: 'text', text: content }] : [];
}

function readBlock(block: Json): Part {
  return (isObject(block) ? known(block) : undefined) ?? opaqueBlock(block);
}

function known(block: JsonObject): Part | undefined {
  const { type, ...rest } = block;
  switch (type) {
    case 'text':
      return textual('text', rest);
    case 'thinking':
      return textual('thinking', rest);
    case 'image_url':
      return readImage(rest);
    case 'document':
      return readDocument(rest);
    default:
      return undefined;
  }
}

function textual(name: 'text' | 'thinking', block: JsonObject): Part | undefined {
  const { [name]: text, ...rest } = block;
  if (typeof text !== 'string') return undefined;
  return { kind: name === 'text' ? 'text' : 'reasoning', text, ...ownFields(rest) };
}

function readImage({ image_url: image, ...rest }: JsonObject): MediaPart | undefined {
  const { url, detail, ...more } = isObject(image) ? image : {};
  if (typeof url !== 'string' || Object.keys(more).length > 0) return undefined;
  const data = /^data:([^;,]*)(?:;[^,;]*)*;base64,/i.exec(url);
  const own = { ...rest, ...(data !== null && { $url: url }) };
  const source = data === null ? { url } : { base64: url.slice(data[0].length) };
  const mediaType = data?.[1]?.toLowerCase() || 'image/*';
  return { kind: 'media', mediaType, data: source, ...defined({ detail: asString(detail) }), ...ownFields(own) };
}

/** A document that a tool gave, for others a text; `$document` is what it was. */
function readDocument({ document, ...rest }: JsonObject): MediaPart | undefined {
  if (!isObject(document)) return undefined;
  const { data, id } = document;
  const text = typeof data === 'string' ? data : data === undefined ? undefined : writeJson(data);
  if (text === undefined) return undefined;
  return {
    kind: 'media',
    mediaType: typeof data === 'string' ? 'text/plain' : 'application/json',
    data: { text },
    ...defined({ name: asString(id) }),
    ...ownFields({ ...rest, $document: document }),
  };
}

/** A block that goes back as it came, and to no other dialect. */
function opaqueBlock(block: Json): OpaquePart {
  const origin = { dialect: dialectName };
  if (!isObject(block)) return { kind: 'opaque', origin, type: '', json: new RawJson(writeJson(block), block) };
  return { kind: 'opaque', origin, type: asString(block['type']) ?? '', json: block };
}
