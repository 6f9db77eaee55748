import { isObject, type Json, type JsonObject, type MediaPart, sniffMediaType } from '@tapgate/core';
import { ownMembers, ownOf } from '../own-fields.ts';
import type { Writing } from './writing.ts';

type Kind = 'image' | 'document' | 'video' | 'audio';

/** The API's word for each media type that it takes, and the sort of block it goes in. */
const formats: Readonly<Record<string, readonly [kind: Kind, format: string]>> = {
  'image/png': ['image', 'png'],
  'image/jpeg': ['image', 'jpeg'],
  'image/jpg': ['image', 'jpeg'],
  'image/gif': ['image', 'gif'],
  'image/webp': ['image', 'webp'],
  'application/pdf': ['document', 'pdf'],
  'text/csv': ['document', 'csv'],
  'application/msword': ['document', 'doc'],
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': ['document', 'docx'],
  'application/vnd.ms-excel': ['document', 'xls'],
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': ['document', 'xlsx'],
  'text/html': ['document', 'html'],
  'text/plain': ['document', 'txt'],
  'text/markdown': ['document', 'md'],
  'application/json': ['document', 'txt'],
  'application/xml': ['document', 'txt'],
  'video/x-matroska': ['video', 'mkv'],
  'video/quicktime': ['video', 'mov'],
  'video/mp4': ['video', 'mp4'],
  'video/webm': ['video', 'webm'],
  'video/x-flv': ['video', 'flv'],
  'video/mpeg': ['video', 'mpeg'],
  'video/x-ms-wmv': ['video', 'wmv'],
  'video/3gpp': ['video', 'three_gp'],
  'audio/mpeg': ['audio', 'mp3'],
  'audio/mp3': ['audio', 'mp3'],
  'audio/wav': ['audio', 'wav'],
  'audio/x-wav': ['audio', 'wav'],
  'audio/flac': ['audio', 'flac'],
  'audio/aac': ['audio', 'aac'],
  'audio/ogg': ['audio', 'ogg'],
  'audio/opus': ['audio', 'opus'],
  'audio/mp4': ['audio', 'm4a'],
  'audio/webm': ['audio', 'webm'],
};

const abilities: Readonly<Record<Kind, string>> = {
  image: 'images',
  document: 'files',
  video: 'video',
  audio: 'audio',
};

/** The media type of a block's format, for what such a block holds. */
export function mediaTypeOf(kind: string, format: string): string | undefined {
  return Object.entries(formats).find(([, [known, word]]) => known === kind && word === format)?.[0];
}

/** An image, a document, a video or a sound as a block; nothing, and a loss, for what the API does not take. */
export function writeMedia(part: MediaPart, path: string, writing: Writing): JsonObject | undefined {
  const { losses } = writing;
  if (part.detail !== undefined && part.detail !== 'auto') losses.hint(path, 'images have no level of detail here');
  const mediaType = typeOf(part);
  const known = Object.hasOwn(formats, mediaType) ? formats[mediaType] : textual(mediaType);
  const [kind, format] = known ?? [];
  if (kind === undefined || format === undefined || writing.able[abilities[kind]] === false) {
    losses.contract(path, `the model does not take ${mediaType}`);
    return undefined;
  }
  const source = sourceOf(part, path, writing);
  if (source === undefined) return undefined;
  const own = ownMembers(part);
  if (kind !== 'document') return { [kind]: { format: own['format'] ?? format, source, ...own } };
  return { document: { format, name: writing.names.take(part.name), source, ...own } };
}

/** What the data are, whatever the client says: a wrong format is refused by the API. */
function typeOf({ mediaType, data }: MediaPart): string {
  const seen = 'base64' in data ? sniffMediaType(data.base64) : undefined;
  return seen ?? mediaType.toLowerCase().split(';')[0]?.trim() ?? '';
}

function textual(mediaType: string): readonly [kind: Kind, format: string] | undefined {
  return mediaType.startsWith('text/') ? ['document', 'txt'] : undefined;
}

function sourceOf(part: MediaPart, path: string, { losses }: Writing): Json | undefined {
  const { data } = part;
  const own = ownOf(part)?.['$source'];
  if ('base64' in data) return { bytes: data.base64 };
  if ('text' in data) return isObject(own) ? own : { bytes: Buffer.from(data.text).toString('base64') };
  if ('url' in data && data.url.startsWith('s3://')) return isObject(own) ? own : { s3Location: { uri: data.url } };
  if ('url' in data) losses.contract(path, 'it takes data and places in S3, and no other addresses');
  else losses.contract(path, 'a file that was uploaded to another vendor is not known here');
  return undefined;
}
