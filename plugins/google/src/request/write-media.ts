import { type Capabilities, defined, type JsonObject, type MediaPart, RawJson } from '@tapgate/core';
import type { Losses } from './losses.ts';
import { isOwnFile } from './read-part.ts';

/** How the bytes of a type begin, in base64. */
const beginnings: readonly (readonly [string, string])[] = [
  ['iVBORw0KGgo', 'image/png'],
  ['/9j/', 'image/jpeg'],
  ['R0lGOD', 'image/gif'],
  ['UklGR', 'image/webp'],
  ['JVBERi0', 'application/pdf'],
];

/** What a file is called tells its type where nobody said it. */
const extensions: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  heic: 'image/heic',
  pdf: 'application/pdf',
  txt: 'text/plain',
  mp3: 'audio/mp3',
  wav: 'audio/wav',
  mp4: 'video/mp4',
  webm: 'video/webm',
};

/**
 * Bytes, a file or an address as a part. Nothing is fetched here: an address goes to the vendor, which opens what is
 * public; a file that another vendor keeps cannot be sent.
 */
export function writeMedia(part: MediaPart, at: string, able: Capabilities, losses: Losses): JsonObject | undefined {
  const { data, name } = part;
  if (part.detail !== undefined && part.detail !== 'auto')
    losses.hint('detail', 'this API has other words for the resolution', 'dropped');
  const displayName = defined({ displayName: name });
  if ('text' in data) {
    const bytes = Buffer.from(data.text).toString('base64');
    return { inlineData: { mimeType: textType(part.mediaType), data: bytes, ...displayName } };
  }
  if ('base64' in data) {
    return {
      inlineData: { mimeType: bytesType(part.mediaType, data.base64), data: quoted(data.base64), ...displayName },
    };
  }
  const uri = 'url' in data ? data.url : data.fileId;
  if ('fileId' in data && !isOwnFile(uri)) {
    losses.contract(at, 'the file is kept by the vendor whose id it is');
    return undefined;
  }
  if ('url' in data && able['mediaUrls'] === false) {
    losses.contract(at, 'this model takes bytes, not addresses');
    return undefined;
  }
  return {
    fileData: { ...defined({ mimeType: addressType(part.mediaType, uri, at, losses) }), fileUri: uri, ...displayName },
  };
}

/** Of megabytes of base64 it is quicker to see that they need no escapes than to write them with those they need. */
function quoted(base64: string): string | RawJson {
  return base64.length > 65_536 && /^[\w+/=-]*$/.test(base64) ? new RawJson(`"${base64}"`, base64) : base64;
}

function textType(mediaType: string): string {
  return mediaType.startsWith('text/') && !mediaType.includes('*') ? mediaType : 'text/plain';
}

/** Clients leave types out, or say them loosely; the first bytes know better than an open type. */
function bytesType(mediaType: string, base64: string): string {
  if (isKnown(mediaType)) return mediaType;
  return (
    beginnings.find(([beginning]) => base64.startsWith(beginning))?.[1] ?? mediaType.replace('image/*', 'image/jpeg')
  );
}

function addressType(mediaType: string, uri: string, at: string, losses: Losses): string | undefined {
  if (isKnown(mediaType)) return mediaType;
  const [, extension = ''] = /\.([a-z\d]+)(?:[?#]|$)/i.exec(uri) ?? [];
  const told = extensions[extension.toLowerCase()];
  if (told !== undefined || mediaType !== 'image/*') return told;
  losses.hint(`${at}.media_type`, 'nobody said its type; it is taken for image/jpeg', 'approximated');
  return 'image/jpeg';
}

function isKnown(mediaType: string): boolean {
  return mediaType !== 'application/octet-stream' && !mediaType.includes('*');
}
