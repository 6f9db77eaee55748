import {
  type Capabilities,
  type Json,
  type JsonObject,
  type MediaPart,
  type OpaquePart,
  type Part,
  type TextPart,
} from '@tapgate/core';
import { can } from '../chat/capabilities.ts';
import { readDataUrl, sniffedType, writeDataUrl } from '../chat/data-url.ts';
import type { Losses } from '../chat/request/losses.ts';
import { writeAnnotation } from './citations.ts';
import { codePoints } from './code-points.ts';
import { endingOf } from './media-types.ts';
import { dialectName } from './names.ts';
import { fieldsOf, notesOf } from './own.ts';
import { usualType } from './read-content.ts';

/** What writing a part needs to know. */
export interface PartContext {
  /** `user`, `assistant`, `system` or `developer`. */
  readonly role: string;
  /** Where the part stands in the request, for losses. */
  readonly path: string;
  /** The request came in this dialect. */
  readonly own: boolean;
  readonly able: Capabilities;
  readonly losses: Losses;
}

/** Content as a text where it was one, or came from another dialect and is no more than one; else as a list of parts. */
export function writeContent(parts: readonly Part[], context: PartContext): Json {
  const [only] = parts;
  if (parts.length === 1 && only?.kind === 'text' && isBareText(only, context)) return only.text;
  return parts.flatMap((part, index) => {
    const written = writePart(part, { ...context, path: `${context.path}.content[${index}]` });
    return written === undefined ? [] : [written];
  });
}

function isBareText(part: TextPart, { own }: PartContext): boolean {
  return notesOf(part).$content === 'text' || (!own && part.citations === undefined && part.cache === undefined);
}

/** One part of a message or a result; nothing where it cannot be said here, which is then told. */
export function writePart(part: Part, context: PartContext): Json | undefined {
  switch (part.kind) {
    case 'text':
      return { ...typeOf(part, context), ...writeText(part), ...cacheOf(part, context), ...fieldsOf(part) };
    case 'refusal':
      return { type: 'refusal', refusal: part.text, ...fieldsOf(part) };
    case 'media':
      return writeMedia(part, context);
    case 'opaque':
      if (part.origin.dialect === dialectName) return part.json;
      return foreign(part, context);
    default:
      context.losses.contract(context.path, `a ${part.kind} cannot stand here`);
      return undefined;
  }
}

/** What a model of another vendor said beside its text may go; what a client said may not. */
function foreign({ type, origin }: OpaquePart, { role, path, losses }: PartContext): undefined {
  const reason = `"${type}" is known to ${origin.dialect} alone`;
  if (role === 'assistant') losses.hint(path, reason);
  else losses.contract(path, reason);
}

function typeOf(part: Part, { role }: PartContext): { readonly type: string } {
  return { type: notesOf(part).$type ?? usualType(part, role) };
}

function writeText(part: TextPart): JsonObject {
  const { text, citations } = part;
  if (citations === undefined) return { text };
  const length = codePoints(text);
  const annotations = citations.map((citation) => writeAnnotation(citation, length));
  return { text, annotations: annotations.filter((annotation) => annotation !== undefined) };
}

function cacheOf(part: Part, { able, losses, path }: PartContext): JsonObject {
  if (part.cache === undefined || 'prompt_cache_breakpoint' in fieldsOf(part)) return {};
  if (able['cacheMarks'] === 'prompt_cache_breakpoint') return { prompt_cache_breakpoint: { mode: 'explicit' } };
  losses.hint(`${path}.cache_control`, 'it chooses by itself what it caches');
  return {};
}

function writeMedia(part: MediaPart, context: PartContext): Json | undefined {
  const { role, path, losses, own } = context;
  if (role === 'assistant') {
    losses.hint(path, 'media cannot be given to a model as its own words', 'approximated');
    return { type: 'output_text', text: `[${part.mediaType}]` };
  }
  const { type } = typeOf(part, context);
  const refused = refusal(part, type, context);
  if (refused !== undefined) {
    losses.contract(path, refused);
    return undefined;
  }
  const rest = { ...cacheOf(part, context), ...fieldsOf(part) };
  if ('text' in part.data) return { type: 'input_text', text: part.data.text, ...rest };
  if (type === 'input_image') return { type, ...imageData(part), ...detailOf(part, own), ...restOf(part, rest) };
  if (type === 'input_audio') return { type, input_audio: audioData(part), ...rest };
  return { type, ...fileData(part, own), ...detailOf(part, true), ...restOf(part, rest) };
}

/** Why the target cannot take it. */
function refusal(part: MediaPart, type: string, { own, able }: PartContext): string | undefined {
  const { data, mediaType } = part;
  if ('text' in data) return undefined;
  if (type === 'input_image') return can(able, 'images') ? undefined : 'it takes no images';
  if (type === 'input_audio') {
    if (!own && able['audio'] !== true) return 'it takes no audio';
    return 'base64' in data ? undefined : 'it takes audio as data only';
  }
  if (mediaType.startsWith('video/')) return 'it takes no video';
  return can(able, 'files') ? undefined : 'it takes no files';
}

function detailOf({ detail }: MediaPart, own: boolean): JsonObject {
  if (detail !== undefined) return { detail };
  return own ? {} : { detail: 'auto' };
}

function imageData({ data, mediaType }: MediaPart): JsonObject {
  if ('fileId' in data) return { file_id: data.fileId };
  if ('url' in data) return { image_url: data.url };
  if (!('base64' in data)) return {};
  return { image_url: writeDataUrl(concrete(mediaType, data.base64, 'image/png'), data.base64) };
}

function fileData({ data, mediaType, name }: MediaPart, own: boolean): JsonObject {
  const filename = name === undefined ? {} : { filename: name };
  if ('fileId' in data) return { file_id: data.fileId, ...filename };
  if ('url' in data) return { file_url: data.url, ...filename };
  if (!('base64' in data)) return {};
  const type = concrete(mediaType, data.base64, 'application/pdf');
  return {
    ...(own ? filename : { filename: name ?? `file.${endingOf(type)}` }),
    file_data: writeDataUrl(type, data.base64),
  };
}

/** A media type without a star: what the data shows by its first bytes, or the likeliest. */
function concrete(mediaType: string, base64: string, likeliest: string): string {
  return mediaType.endsWith('*') ? (sniffedType(base64) ?? likeliest) : mediaType;
}

function audioData({ data, mediaType }: MediaPart): JsonObject {
  const format = mediaType === 'audio/mpeg' ? 'mp3' : mediaType.slice(mediaType.indexOf('/') + 1);
  return { data: 'base64' in data ? data.base64 : '', format };
}

/** Data that was written in an unusual way is written so again, unless somebody changed it. */
function restOf({ data }: MediaPart, rest: JsonObject): JsonObject {
  const { image_url: imageUrl, file_data: data64, ...others } = rest;
  const asWritten = imageUrl ?? data64;
  if (typeof asWritten !== 'string' || !('base64' in data)) return rest;
  const same = (readDataUrl(asWritten)?.base64 ?? asWritten) === data.base64;
  return same ? rest : others;
}
