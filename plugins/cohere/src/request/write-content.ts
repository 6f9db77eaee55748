import { isObject, type Json, type JsonObject, type MediaPart, type Part, sniffMediaType } from '@tapgate/core';
import { dialectName } from '../dialect-name.ts';
import { ownMembers, ownOf } from '../own-fields.ts';
import type { Writing } from './writing.ts';

/** The parts as blocks; what cannot be said here is none, and is then among the losses. */
export function writeBlocks(parts: readonly Part[], path: string, writing: Writing): readonly Json[] {
  return parts.flatMap((part, index): Json[] => {
    const block = writeBlock(part, parts.length === 1 ? path : `${path}.content[${index}]`, writing);
    return block === undefined ? [] : [block];
  });
}

/** A list of blocks, or a text where its client wrote one, or where there is but one from another dialect. */
export function contentOf(blocks: readonly Json[], form: Json | undefined, { own }: Writing): Json {
  const [only] = blocks;
  const isPlain = isObject(only) && only['type'] === 'text' && Object.keys(only).length === 2;
  if (blocks.length === 1 && isPlain && (form === 'text' || (form === undefined && !own))) return only['text'] ?? '';
  if (form !== undefined && form !== 'text' && form !== 'none' && blocks.length === 0) return form;
  return blocks;
}

function writeBlock(part: Part, path: string, writing: Writing): Json | undefined {
  if (part.cache !== undefined) writing.losses.hint(`${path}.cache_control`, 'its cache needs no marks');
  switch (part.kind) {
    case 'text':
      return part.text === '' && !writing.own ? undefined : { type: 'text', text: part.text, ...ownMembers(part) };
    case 'refusal':
      return { type: 'text', text: part.text };
    case 'reasoning':
      return { type: 'thinking', thinking: part.text ?? part.summary?.join('\n\n') ?? '', ...ownMembers(part) };
    case 'media':
      return writeMedia(part, path, writing);
    case 'opaque':
      if (part.origin.dialect === dialectName) return part.json;
      writing.losses.hint(path, `"${part.type}" belongs to another vendor`);
      return undefined;
    // Calls and results have their places, and are not written here.
    case 'tool-call':
    case 'tool-result':
      return undefined;
  }
}

/** An image, or a text with its name before it; nothing, and a loss, for what the API does not take. */
function writeMedia(part: MediaPart, path: string, { able, own, losses }: Writing): JsonObject | undefined {
  const { data, name } = part;
  const document = ownOf(part)?.['$document'];
  if (isObject(document)) return { type: 'document', document, ...ownMembers(part) };
  const mediaType = ('base64' in data ? sniffMediaType(data.base64) : undefined) ?? part.mediaType;
  if (mediaType.startsWith('image/') && (own || able['images'] !== false) && !('fileId' in data) && !('text' in data)) {
    const written = ownOf(part)?.['$url'];
    const url = 'url' in data ? data.url : (written ?? `data:${mediaType};base64,${data.base64}`);
    return { type: 'image_url', image_url: { url, detail: part.detail }, ...ownMembers(part) };
  }
  const text = textIn(part);
  if (text !== undefined) {
    losses.hint(path, 'a document is a text here', 'approximated');
    return { type: 'text', text: name === undefined ? text : `${name}:\n${text}` };
  }
  losses.contract(path, `the model does not take ${mediaType}`);
  return undefined;
}

/** The text of what is one. */
export function textIn({ mediaType, data }: MediaPart): string | undefined {
  if ('text' in data) return data.text;
  const isText = mediaType.startsWith('text/') || mediaType === 'application/json' || mediaType === 'application/xml';
  return isText && 'base64' in data ? Buffer.from(data.base64, 'base64').toString('utf8') : undefined;
}
