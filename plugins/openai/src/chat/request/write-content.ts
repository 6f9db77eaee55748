import {
  isObject,
  RawJson,
  type Capabilities,
  type Json,
  type JsonObject,
  type MediaPart,
  type OpaquePart,
  type Part,
  type TextPart,
} from '@tapgate/core';
import { can, wordOf } from '../capabilities.ts';
import { writeDataUrl } from '../data-url.ts';
import { chatDialect, ownExt, ownFields, put } from '../own.ts';
import { tellForeignDetails } from './foreign-fields.ts';
import type { Losses } from './losses.ts';

/** What writing a part must know. */
export interface PartContext {
  readonly able: Capabilities;
  readonly losses: Losses;
}

/** A list of parts as a content: a text where one text says it all, or where the target takes nothing else. */
export function writeContent(parts: readonly Part[], path: string, context: PartContext, form?: string): Json {
  const written: JsonObject[] = [];
  for (const [index, part] of parts.entries()) {
    const json = writePart(part, `${path}.content[${index}]`, context);
    if (json !== undefined) written.push(json);
  }
  if (form === 'string') return joined(written, path, context);
  const [only] = written;
  if (only === undefined) return '';
  return written.length === 1 && isPlainText(only) ? (only['text'] ?? '') : written;
}

function isPlainText(json: JsonObject): boolean {
  return json['type'] === 'text' && Object.keys(json).length === 2;
}

function joined(parts: readonly JsonObject[], path: string, { losses }: PartContext): string {
  const texts: string[] = [];
  for (const [index, part] of parts.entries()) {
    if (part['type'] === 'text' && typeof part['text'] === 'string') texts.push(part['text']);
    else losses.contract(`${path}.content[${index}]`, 'it takes a text alone');
  }
  return texts.join('\n');
}

/** One part of a content. What the target cannot take is a loss, and nothing is written. */
export function writePart(part: Part, path: string, context: PartContext): JsonObject | undefined {
  const json = bare(part, path, context);
  if (json === undefined) return undefined;
  tellForeignDetails(part, path, context.losses);
  mark(json, part, path, context);
  return merged(json, part.kind === 'opaque' ? {} : ownFields(part));
}

/** The part's own fields over what was written; of a member that both have, both sides' members. */
export function merged(json: JsonObject, fields: JsonObject): JsonObject {
  for (const [name, value] of Object.entries(fields)) {
    const there = json[name];
    put(json, name, isObject(there) && isObject(value) ? { ...there, ...value } : value);
  }
  return json;
}

function bare(part: Part, path: string, context: PartContext): JsonObject | undefined {
  switch (part.kind) {
    case 'text':
      return { type: 'text', text: part.text };
    case 'refusal':
      return { type: 'refusal', refusal: part.text };
    case 'media':
      return writeMedia(part, path, context);
    case 'opaque':
      return writeOpaque(part, path, context);
    case 'reasoning':
    case 'tool-call':
    case 'tool-result':
      context.losses.contract(path, `a ${part.kind} has no place in a message's content`);
      return undefined;
  }
}

/** Marks where a cached prompt ends. */
export function mark(json: JsonObject, part: Pick<Part, 'cache' | 'ext'>, path: string, context: PartContext): void {
  if (part.cache === undefined) return;
  const form = wordOf(context.able, 'cacheMarks');
  const own = ownFields(part);
  if (form === 'none') context.losses.hint(`${path}.cache_control`, 'it has no cache marks');
  else if (form === 'prompt_cache_breakpoint') json['prompt_cache_breakpoint'] = { mode: 'explicit' };
  else if (form !== undefined || own['prompt_cache_breakpoint'] === undefined) {
    json['cache_control'] = { type: 'ephemeral', ...(part.cache.ttl !== undefined && { ttl: part.cache.ttl }) };
  }
}

function writeOpaque(part: OpaquePart, path: string, { losses }: PartContext): JsonObject | undefined {
  const json = part.json instanceof RawJson ? part.json.value : part.json;
  if (part.origin.dialect === chatDialect && isObject(json)) return { ...json };
  losses.contract(path, `"${part.type}" is known to ${part.origin.dialect} alone`);
  return undefined;
}

function writeMedia(part: MediaPart, path: string, context: PartContext): JsonObject | undefined {
  const family = /^[^/]*/.exec(part.mediaType)?.[0];
  if ('text' in part.data) return inlined(part, part.data.text, path, context);
  switch (family) {
    case 'image':
      return writeImage(part, path, context);
    case 'audio':
      return writeAudio(part, path, context);
    case 'video':
      return writeVideo(part, path, context);
    default:
      return writeFile(part, path, context);
  }
}

/** A document in plain text has no part of its own here. */
function inlined(part: MediaPart, text: string, path: string, { losses }: PartContext): JsonObject {
  losses.hint(path, 'a document of text stands in the text', 'approximated');
  return { type: 'text', text: part.name === undefined ? text : `${part.name}:\n\n${text}` };
}

function writeImage(part: MediaPart, path: string, { able, losses }: PartContext): JsonObject | undefined {
  if (!can(able, 'images')) return refused(losses, path, 'it takes no images');
  if ('fileId' in part.data) return refused(losses, path, 'it takes no images by the id of a file');
  if ('url' in part.data && !can(able, 'imageUrls')) return refused(losses, path, 'it takes images as data only');
  return {
    type: 'image_url',
    image_url: { url: urlOf(part), ...(part.detail !== undefined && { detail: part.detail }) },
  };
}

function writeAudio(part: MediaPart, path: string, { able, losses }: PartContext): JsonObject | undefined {
  if (!can(able, 'audio')) return refused(losses, path, 'it takes no audio');
  if (!('base64' in part.data)) return refused(losses, path, 'it takes audio as data only');
  const format = part.mediaType === 'audio/mpeg' ? 'mp3' : part.mediaType.slice('audio/'.length);
  return { type: 'input_audio', input_audio: { data: part.data.base64, ...(format !== '*' && { format }) } };
}

function writeVideo(part: MediaPart, path: string, { able, losses }: PartContext): JsonObject | undefined {
  if (!can(able, 'video')) return refused(losses, path, 'it takes no video');
  if ('fileId' in part.data) return refused(losses, path, 'it takes no video by the id of a file');
  return { type: 'video_url', video_url: { url: urlOf(part) } };
}

function writeFile(part: MediaPart, path: string, { able, losses }: PartContext): JsonObject | undefined {
  if (!can(able, 'files')) return refused(losses, path, 'it takes no files');
  if ('fileId' in part.data) {
    if (!can(able, 'fileIds')) return refused(losses, path, 'it does not know the file');
    return { type: 'file', file: { file_id: part.data.fileId, ...named(part) } };
  }
  if ('url' in part.data && !takesFileUrls(part, able)) return refused(losses, path, 'it takes files as data only');
  return { type: 'file', file: { ...named(part), file_data: urlOf(part) } };
}

/** Few servers do. A client of this dialect that sends one knows that its server does. */
function takesFileUrls(part: MediaPart, able: Capabilities): boolean {
  return able['fileUrls'] === true || (can(able, 'fileUrls') && ownExt(part)['$as'] === 'file_data');
}

function named(part: MediaPart): JsonObject {
  return part.name === undefined ? {} : { filename: part.name };
}

function urlOf(part: MediaPart): string {
  if ('url' in part.data) return part.data.url;
  return 'base64' in part.data ? writeDataUrl(part.mediaType, part.data.base64) : '';
}

function refused(losses: Losses, path: string, reason: string): undefined {
  losses.contract(path, reason);
  return undefined;
}

/** The texts of parts in a row. */
export function textOfParts(parts: readonly Part[]): string {
  return parts
    .filter((part): part is TextPart => part.kind === 'text')
    .map((part) => part.text)
    .join('');
}
