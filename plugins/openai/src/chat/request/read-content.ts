import {
  asString,
  type CacheMark,
  defined,
  isArray,
  isObject,
  type Json,
  type MediaPart,
  type OpaquePart,
  type Part,
  RawJson,
  writeJson,
} from '@tapgate/core';
import { readDataUrl, sniffedType } from '../data-url.ts';
import { Fields } from '../fields.ts';
import { chatDialect, extOf } from '../own.ts';

/** Reads a message's content: a text or a list of parts. Nothing where it is neither; null and absent are no parts. */
export function readContent(content: Json | undefined): readonly Part[] | undefined {
  if (typeof content === 'string') return [{ kind: 'text', text: content }];
  if (content === null || content === undefined) return [];
  return isArray(content) ? content.map(readPart) : undefined;
}

/** Reads one part of a message's content. What is not understood is kept whole. */
export function readPart(json: Json): Part {
  if (!isObject(json)) return opaque(json);
  const fields = new Fields(json);
  const type = fields.string('type') ?? '';
  const part = readers.get(type)?.(fields);
  if (part === undefined) return opaque(json);
  const cache = takeCacheMark(fields);
  return { ...part, ...(cache && { cache }), ...extOf(part.ext?.[chatDialect], fields.rest()) };
}

/** Takes the mark that a prompt's cache ends here, in the form of `cache_control`. */
export function takeCacheMark(fields: Fields): CacheMark | undefined {
  const control = fields.peek('cache_control');
  if (!isObject(control) || control['type'] !== 'ephemeral') {
    return isObject(fields.peek('prompt_cache_breakpoint')) ? {} : undefined;
  }
  const mark = fields.nested('cache_control', (inner) => {
    inner.take('type');
    return defined({ ttl: inner.string('ttl') });
  });
  return mark;
}

/** A part that the canonical form has no word for. */
export function opaque(json: Json): OpaquePart {
  const type = (isObject(json) ? asString(json['type']) : undefined) ?? '';
  return {
    kind: 'opaque',
    origin: { dialect: chatDialect },
    type,
    json: isObject(json) ? json : new RawJson(writeJson(json), json),
  };
}

type PartReader = (fields: Fields) => Part | undefined;

const readers: ReadonlyMap<string, PartReader> = new Map<string, PartReader>([
  ['text', readText],
  ['refusal', readRefusal],
  ['image_url', (fields) => readUrl(fields, 'image_url', 'image/*')],
  ['video_url', (fields) => readUrl(fields, 'video_url', 'video/*')],
  ['input_audio', readAudio],
  ['file', readFile],
  ['thinking', readThinking],
]);

function readText(fields: Fields): Part | undefined {
  const text = fields.string('text');
  return text === undefined ? undefined : { kind: 'text', text };
}

function readRefusal(fields: Fields): Part | undefined {
  const text = fields.string('refusal');
  return text === undefined ? undefined : { kind: 'refusal', text };
}

/** `{ url, detail }`, or as some clients write it, the URL alone. */
function readUrl(fields: Fields, member: string, mediaType: string): Part | undefined {
  const bare = fields.string(member);
  if (bare !== undefined) return { kind: 'media', ...mediaAt(bare, mediaType) };
  const holder = fields.peek(member);
  if (!isObject(holder) || typeof holder['url'] !== 'string') return undefined;
  return fields.nested(member, (inner): MediaPart => {
    const media = mediaAt(inner.string('url') ?? '', mediaType);
    return { kind: 'media', ...media, ...defined({ detail: inner.string('detail') }) };
  });
}

function mediaAt(url: string, mediaType: string): Pick<MediaPart, 'mediaType' | 'data'> {
  const data = readDataUrl(url);
  if (data === undefined) return { mediaType, data: { url } };
  return { mediaType: data.mediaType || (sniffedType(data.base64) ?? mediaType), data: { base64: data.base64 } };
}

function readAudio(fields: Fields): Part | undefined {
  const audio = fields.peek('input_audio');
  if (!isObject(audio) || typeof audio['data'] !== 'string') return undefined;
  return fields.nested('input_audio', (inner): MediaPart => {
    const base64 = inner.string('data') ?? '';
    return { kind: 'media', mediaType: audioTypeOf(inner.string('format')), data: { base64 } };
  });
}

function audioTypeOf(format: string | undefined): string {
  if (format === undefined) return 'audio/*';
  return format === 'mp3' ? 'audio/mpeg' : `audio/${format}`;
}

function readFile(fields: Fields): Part | undefined {
  const file = fields.peek('file');
  if (!isObject(file) || (typeof file['file_id'] !== 'string' && typeof file['file_data'] !== 'string'))
    return undefined;
  return fields.nested('file', (inner): MediaPart => {
    const name = inner.string('filename');
    const fileId = inner.string('file_id');
    if (fileId !== undefined) {
      return { kind: 'media', mediaType: typeByName(name), data: { fileId }, ...defined({ name }) };
    }
    const data = fileData(inner.string('file_data') ?? '', name);
    const note = 'url' in data.data ? { $as: 'file_data' } : undefined;
    return { kind: 'media', ...data, ...defined({ name }), ...extOf(note) };
  });
}

/** Data URLs, URLs that some providers take, and bare base64. */
function fileData(data: string, name: string | undefined): Pick<MediaPart, 'mediaType' | 'data'> {
  if (/^https?:/i.test(data)) return { mediaType: typeByName(name), data: { url: data } };
  const { mediaType, base64 } = readDataUrl(data) ?? { mediaType: '', base64: data };
  return { mediaType: mediaType || (sniffedType(base64) ?? typeByName(name)), data: { base64 } };
}

function typeByName(name: string | undefined): string {
  return name?.toLowerCase().endsWith('.pdf') ? 'application/pdf' : 'application/*';
}

/** A thinking part of a content list: `{ type: 'thinking', thinking: [{ type: 'text', text }] }`, or the text alone. */
function readThinking(fields: Fields): Part | undefined {
  const text = thinkingText(fields.peek('thinking'));
  if (text === undefined) return undefined;
  fields.take('thinking');
  return { kind: 'reasoning', text, ext: { [chatDialect]: { $as: 'content' } } };
}

/** The text of a thinking part's list of texts; nothing where it holds anything else. */
export function thinkingText(thinking: Json | undefined): string | undefined {
  if (typeof thinking === 'string') return thinking;
  if (!isArray(thinking)) return undefined;
  let text = '';
  for (const item of thinking) {
    const piece = isObject(item) ? asString(item['text']) : undefined;
    if (piece === undefined) return undefined;
    text += piece;
  }
  return text;
}
