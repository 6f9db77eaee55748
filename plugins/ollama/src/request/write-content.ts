import type { MediaPart, Part } from '@tapgate/core';
import { ownOf } from '../own-fields.ts';
import { sniffImage } from './sniff-image.ts';
import type { Writing } from './writing.ts';

/** All that parts say, as the one text that a message has here. What cannot be said is among the losses. */
export function textIn(parts: readonly Part[], path: string, writing: Writing, glue = '\n\n'): string {
  const texts = parts.flatMap((part, index): string[] => {
    const place = parts.length === 1 ? path : `${path}.content[${index}]`;
    if (part.cache !== undefined) writing.losses.hint(`${place}.cache_control`, 'its cache needs no marks');
    const text = textOfPart(part, place, writing);
    return text === undefined || text === '' ? [] : [text];
  });
  return texts.join(glue);
}

function textOfPart(part: Part, path: string, { losses }: Writing): string | undefined {
  switch (part.kind) {
    case 'text':
    case 'refusal':
      return part.text;
    case 'media':
      return isPicture(part) ? undefined : writeDocument(part, path, losses);
    case 'opaque':
      losses.hint(path, `"${part.type}" belongs to another vendor`);
      return undefined;
    // Thoughts, calls and results have their places, and are not written here.
    case 'reasoning':
    case 'tool-call':
    case 'tool-result':
      return undefined;
  }
}

/** A document that is a text, with its name before it. */
function writeDocument(part: MediaPart, path: string, losses: Writing['losses']): string | undefined {
  const text = textOfMedia(part);
  if (text === undefined) {
    losses.contract(path, `the model does not take ${part.mediaType}`);
    return undefined;
  }
  losses.hint(path, 'a document is a text here', 'approximated');
  return part.name === undefined ? text : `${part.name}:\n${text}`;
}

function textOfMedia({ mediaType, data }: MediaPart): string | undefined {
  if ('text' in data) return data.text;
  const isText = mediaType.startsWith('text/') || mediaType === 'application/json' || mediaType === 'application/xml';
  return isText && 'base64' in data ? Buffer.from(data.base64, 'base64').toString('utf8') : undefined;
}

/** The images among the parts, as the server takes them: their data, and nothing else. */
export function imagesIn(parts: readonly Part[], path: string, writing: Writing): readonly string[] {
  return parts
    .filter((part) => part.kind === 'media')
    .filter(isPicture)
    .flatMap((part) => writeImage(part, path, writing));
}

function writeImage(part: MediaPart, path: string, { able, own, losses }: Writing): readonly string[] {
  const { data, detail } = part;
  if (detail !== undefined && detail !== 'auto') losses.hint(path, 'images have no level of detail here');
  const written = ownOf(part)?.['$image'];
  if (typeof written === 'string') return [written];
  if (own && 'url' in data) return [data.url];
  if (able['images'] === false && !own) losses.contract(path, 'the model does not take images');
  else if ('base64' in data) return [data.base64];
  else losses.contract(path, 'images are taken as data, and not by their address');
  return [];
}

/** Whether media are an image, by their data where they tell. */
export function isPicture({ data, mediaType }: MediaPart): boolean {
  const shown = 'base64' in data ? sniffImage(data.base64) : undefined;
  return (shown ?? mediaType).startsWith('image/');
}
