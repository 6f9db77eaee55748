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
  type TextPart,
  writeJson,
} from '@tapgate/core';
import { readDataUrl, writeDataUrl } from '../chat/data-url.ts';
import { Fields } from '../chat/fields.ts';
import { mediaTypeOf } from './media-types.ts';
import { dialectName } from './names.ts';
import { extOf, noted } from './own.ts';
import { readAnnotation } from './citations.ts';

/** The type of a text part in a message of this role. */
export function textTypeOf(role: string): 'input_text' | 'output_text' {
  return role === 'assistant' ? 'output_text' : 'input_text';
}

/** The type a part is written by where no note says otherwise. */
export function usualType(part: Part, role: string): string {
  if (part.kind === 'text') return textTypeOf(role);
  if (part.kind === 'refusal') return 'refusal';
  if (part.kind !== 'media') return '';
  if (part.mediaType.startsWith('image/')) return 'input_image';
  return part.mediaType.startsWith('audio/') ? 'input_audio' : 'input_file';
}

/**
 * Reads a message's or a result's content: a text, or a list of parts. Nothing where it is neither, or empty, so that
 * the whole item must stay as it is.
 */
export function readContent(content: Json | undefined, role: string): readonly Part[] | undefined {
  if (typeof content === 'string') return [{ kind: 'text', text: content, ...extOf(undefined, { $content: 'text' }) }];
  if (!isArray(content) || content.length === 0) return undefined;
  return content.map((part) => (isObject(part) ? readPart(part, role) : opaqueContent(part)));
}

/** One part of a message's content. What is not understood is kept whole. */
export function readPart(part: JsonObject, role: string): Part {
  const fields = new Fields(part);
  const type = fields.string('type') ?? '';
  const read = readers.get(type)?.(fields);
  if (read === undefined) return opaqueContent(part);
  const { extra, ...canonical } = read;
  const ext = extOf({ ...fields.rest(), ...extra }, type === usualType(canonical, role) ? {} : { $type: type });
  return { ...canonical, ...cacheOf(fields), ...ext };
}

/** A part, and fields that were understood but must be kept as they were written. */
type ReadPart = Part & { readonly extra?: JsonObject };

const readers: ReadonlyMap<string, (fields: Fields) => ReadPart | undefined> = new Map<
  string,
  (fields: Fields) => ReadPart | undefined
>([
  ['input_text', readText],
  ['output_text', readText],
  ['text', readText],
  ['refusal', readRefusal],
  ['input_image', readImage],
  ['input_file', readFile],
  ['input_audio', readAudio],
]);

function readText(fields: Fields): TextPart | undefined {
  const text = fields.string('text');
  if (text === undefined) return undefined;
  const annotations = fields.peek('annotations');
  if (!isArray(annotations) || !annotations.every(isObject)) return { kind: 'text', text };
  fields.take('annotations');
  return { kind: 'text', text, citations: annotations.map(readAnnotation) };
}

function readRefusal(fields: Fields): Part | undefined {
  const text = fields.string('refusal');
  return text === undefined ? undefined : { kind: 'refusal', text };
}

function readImage(fields: Fields): ReadPart | undefined {
  const url = fields.string('image_url');
  const fileId = fields.string('file_id');
  const detail = fields.string('detail');
  if ((url === undefined) === (fileId === undefined)) return undefined;
  if (fileId !== undefined) return defined({ kind: 'media' as const, mediaType: 'image/*', data: { fileId }, detail });
  return defined({ kind: 'media' as const, ...dataOf('image_url', url ?? '', 'image/*'), detail });
}

function readFile(fields: Fields): ReadPart | undefined {
  const given = ['file_data', 'file_url', 'file_id'].filter((name) => asString(fields.peek(name)) !== undefined);
  const [field, another] = given;
  if (field === undefined || another !== undefined) return undefined;
  const value = fields.string(field) ?? '';
  const name = fields.string('filename');
  const detail = fields.string('detail');
  const mediaType = mediaTypeOf(name ?? value) ?? 'application/*';
  if (field === 'file_id') return defined({ kind: 'media' as const, mediaType, data: { fileId: value }, name, detail });
  return defined({ kind: 'media' as const, ...dataOf(field, value, mediaType), name, detail });
}

/** Audio as the chat dialect has it; newer forms of the API leave it out, some servers take it. */
function readAudio(fields: Fields): MediaPart | undefined {
  const audio = fields.peek('input_audio');
  if (!isObject(audio) || Object.keys(audio).some((key) => key !== 'data' && key !== 'format')) return undefined;
  const base64 = asString(audio['data']);
  const format = asString(audio['format']);
  if (base64 === undefined || format === undefined) return undefined;
  fields.take('input_audio');
  return { kind: 'media', mediaType: format === 'mp3' ? 'audio/mpeg' : `audio/${format}`, data: { base64 } };
}

/** A data URL becomes its data. One that is not written the usual way, and bare data, are kept as they were written too. */
function dataOf(
  field: string,
  value: string,
  expected: string,
): Pick<MediaPart, 'mediaType' | 'data'> & { readonly extra?: JsonObject } {
  const found = readDataUrl(value);
  if (found === undefined) {
    if (field !== 'file_data') return { mediaType: expected, data: { url: value } };
    return { mediaType: expected, data: { base64: value }, extra: { [field]: value } };
  }
  const data = { mediaType: found.mediaType || expected, data: { base64: found.base64 } };
  return writeDataUrl(data.mediaType, found.base64) === value ? data : { ...data, extra: { [field]: value } };
}

/** A breakpoint of this dialect is a cache mark in every other one. */
function cacheOf(fields: Fields): { readonly cache?: Record<string, never> } {
  return isObject(fields.peek('prompt_cache_breakpoint')) ? { cache: {} } : {};
}

function opaqueContent(part: Json): OpaquePart {
  const opaque: OpaquePart = {
    kind: 'opaque',
    origin: { dialect: dialectName },
    type: (isObject(part) ? asString(part['type']) : undefined) ?? 'unknown',
    json: isObject(part) ? part : new RawJson(writeJson(part), part),
  };
  return noted(opaque, { $content: 'part' });
}
