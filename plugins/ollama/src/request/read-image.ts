import type { Json, MediaPart } from '@tapgate/core';
import { ownFields } from '../own-fields.ts';
import { sniffImage } from './sniff-image.ts';

/** An image: its data in base64, of which nobody says what they are. */
export function readImage(image: Json): MediaPart | undefined {
  if (typeof image !== 'string') return undefined;
  if (/^https?:\/\//.test(image)) return { kind: 'media', mediaType: 'image/*', data: { url: image } };
  // Some clients send what they have from a browser.
  const data = /^data:([^;,]*)(?:;[^;,]*)*;base64,/i.exec(image);
  const base64 = data === null ? image : image.slice(data[0].length);
  const mediaType = sniffImage(base64) ?? (data?.[1]?.toLowerCase() || 'image/*');
  return { kind: 'media', mediaType, data: { base64 }, ...(data === null ? {} : ownFields({ $image: image })) };
}
