import { type Losses, type MediaPart, sniffMediaType } from '@tapgate/core';
import type { LanguageModelV4FilePart } from '@ai-sdk/provider';
import { type Asked, takesUrl } from './asked.ts';

/** A file, an image or a sound; nothing where the model cannot have it, which is told. */
export function writeFile(
  part: MediaPart,
  field: string,
  asked: Asked,
  losses: Losses,
): LanguageModelV4FilePart | undefined {
  const data = dataOf(part, field, asked, losses);
  if (data === undefined) return undefined;
  if (part.detail !== undefined && part.detail !== 'auto')
    losses.hint(`${field}.detail`, 'the AI SDK has no such setting');
  const sniffed = 'base64' in part.data && part.mediaType.endsWith('/*') ? sniffMediaType(part.data.base64) : undefined;
  return {
    type: 'file',
    mediaType: sniffed ?? part.mediaType,
    data,
    ...(part.name === undefined ? {} : { filename: part.name }),
  };
}

function dataOf(
  { data, mediaType }: MediaPart,
  field: string,
  asked: Asked,
  losses: Losses,
): LanguageModelV4FilePart['data'] | undefined {
  if ('base64' in data) return { type: 'data', data: data.base64 };
  if ('text' in data) return { type: 'text', text: data.text };
  if ('fileId' in data) {
    losses.contract(field, 'a file that is kept at a vendor is known there only');
    return undefined;
  }
  if (URL.canParse(data.url) && takesUrl(asked, mediaType, data.url)) return { type: 'url', url: new URL(data.url) };
  losses.contract(field, 'this model takes no such URL, and the gateway fetches none: send the data');
  return undefined;
}
