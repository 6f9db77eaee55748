import {
  defined,
  isObject,
  type JsonObject,
  type MediaPart,
  type OpaquePart,
  type Part,
  type ReasoningPart,
  type TextPart,
} from '@tapgate/core';
import { dialectName } from '../dialect-name.ts';
import { Fields } from '../fields.ts';
import { ownFields } from '../own-fields.ts';
import { isOfDialect, noSignature, readSignature, type Signed } from '../seal-tag.ts';

/**
 * Reads one part that is neither a call nor a result: text, thoughts, bytes or a file. What is none of these, such as code
 * that the vendor ran, stays whole.
 */
export function readPart(json: JsonObject): Part {
  const fields = new Fields(json);
  const signed = takeSignature(fields);
  const read = readText(fields, signed) ?? readData(fields);
  if (read === undefined) return opaquePart(json);
  return { ...read.part, ...defined({ seal: signed.seal }), ...ownFields({ ...fields.rest(), ...read.own }) };
}

/** A part, and what its data's own object says beyond it. */
interface Read {
  readonly part: TextPart | ReasoningPart | MediaPart;
  readonly own?: JsonObject;
}

/** A part without a canonical word. It goes back as it came. */
export function opaquePart(json: JsonObject): OpaquePart {
  const type = Object.keys(json).find((key) => isObject(json[key])) ?? Object.keys(json)[0] ?? '';
  return { kind: 'opaque', origin: { dialect: dialectName }, type, json };
}

/** The part's signature. The dummy stays behind, as a field of this dialect. */
export function takeSignature(fields: Fields): Signed {
  const signature = fields.peek('thoughtSignature');
  if (typeof signature !== 'string' || signature === noSignature) return {};
  fields.take('thoughtSignature');
  return readSignature(signature);
}

/** Thoughts are summaries; those of another vendor are what that one says they are. */
function readText(fields: Fields, { seal, itemId, summary }: Signed): Read | undefined {
  const text = fields.string('text');
  if (text === undefined) return undefined;
  if (fields.peek('thought') !== true) return { part: { kind: 'text', text } };
  fields.take('thought');
  if (seal === undefined || isOfDialect(seal)) return { part: { kind: 'reasoning', summary: [text] } };
  return { part: { kind: 'reasoning', ...(summary ? { summary: [text] } : { text }), ...defined({ itemId }) } };
}

/** Bytes or a file. Thoughts that are pictures stay whole: no one else shows a picture as a thought. */
function readData(fields: Fields): Read | undefined {
  if (fields.peek('thought') === true) return undefined;
  for (const name of ['inlineData', 'fileData']) {
    const object = fields.peek(name);
    const data = isObject(object) ? new Fields(object) : undefined;
    const source = data && sourceOf(data);
    if (data === undefined || source === undefined) continue;
    fields.take(name);
    const mediaType = data.string('mimeType') ?? 'application/octet-stream';
    const part: MediaPart = {
      kind: 'media',
      mediaType,
      data: source,
      ...defined({ name: data.string('displayName') }),
    };
    const rest = data.rest();
    return rest === undefined ? { part } : { part, own: { [name]: rest } };
  }
  return undefined;
}

function sourceOf(data: Fields): MediaPart['data'] | undefined {
  const base64 = data.string('data');
  if (base64 !== undefined) return { base64: inUsualAlphabet(base64) };
  const uri = data.string('fileUri');
  if (uri === undefined) return undefined;
  return isOwnFile(uri) ? { fileId: uri } : { url: uri };
}

/** This API takes base64 in both alphabets, and no other does. */
function inUsualAlphabet(base64: string): string {
  return base64.replaceAll('-', '+').replaceAll('_', '/');
}

/** Whether an address names a file that only this vendor can open: one of its own store, or of its cloud's. */
export function isOwnFile(uri: string): boolean {
  return /^(?:gs:\/\/|files\/|https:\/\/generativelanguage\.googleapis\.com\/)/.test(uri);
}
