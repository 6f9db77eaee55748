import type { Body } from '@tapgate/core';

/** What a request reads, guessed from its bytes. */
export interface InputEstimate {
  /** About what it is. */
  readonly likely: number;
  /** What is reserved: more than nearly any text of so many bytes has. */
  readonly most: number;
  /** Less than nearly any has: who says less is not believed. */
  readonly least: number;
}

/** Bytes of JSON a token, its marks and names among them: of ordinary text, of dense text, and of text full of what costs nothing. */
const usual = 4;
const dense = 3;
const sparse = 16;
/** Settings that are no prompt. */
const settingsBytes = 1024;

/** An image, whatever it weighs; and bytes of base64 a token of the other kinds, on the dear side. */
const imageTokens = 1600;
const bytesPerToken: readonly (readonly [kind: string, bytes: number])[] = [
  ['pdf', 40],
  ['audio', 300],
  ['video', 500],
];
/** Shorter runs are counted as text. */
const leastRunBytes = 512;
/** More marks than any honest request has are not looked at: looking must stay cheap. */
const maxMarks = 1000;
/** How far from a run its media type is looked for. */
const nearBytes = 160;

/** Marks before base64, with the quote that opens the string or its key: within a text the quote would be escaped. */
const marks = ['"data"', '"bytes"', '"data:'].map((mark) => Buffer.from(mark));
const base64Mark = Buffer.from(';base64,');
const QUOTE = 0x22;
const COLON = 0x3a;

/**
 * Guesses without parsing, so that a megabyte costs no more than a search through it. What is named by an address or an
 * id is not seen; what such a thing really costs counts once its provider has told.
 */
export function estimateInput(body: Body | undefined, contentType?: string): InputEstimate {
  if (contentType?.startsWith('multipart/') === true) return upload;
  if (body === undefined || body.length <= 0) return noInput;
  let text = body.length;
  let media = 0;
  // A run that lies across two chunks is text for the rest of its length: an estimate on the dear side.
  if (text >= leastRunBytes) {
    for (const chunk of body.chunks) {
      const found = mediaIn(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
      text -= found.bytes;
      media += found.tokens;
    }
  }
  return {
    likely: Math.ceil(text / usual) + media,
    most: Math.ceil(text / dense) + media,
    least: Math.max(0, Math.floor((text - settingsBytes) / sparse)),
  };
}

/** Of what nobody reads. */
export const noInput: InputEstimate = { likely: 0, most: 0, least: 0 };
/** A file, whatever is in it. */
const upload: InputEstimate = { likely: imageTokens, most: imageTokens, least: 0 };

/** Base64 in one piece of a body: how many bytes it has, and how many tokens they may be. */
function mediaIn(bytes: Buffer): { readonly bytes: number; readonly tokens: number } {
  let found = 0;
  let tokens = 0;
  let left = maxMarks;
  for (const mark of marks) {
    for (let at = bytes.indexOf(mark); at >= 0 && left > 0; left -= 1) {
      const start = runAt(bytes, at + mark.length, mark === marks[2]);
      const quote = start < 0 ? -1 : bytes.indexOf(QUOTE, start);
      const end = quote < 0 ? bytes.length : quote;
      if (start >= 0 && end - start >= leastRunBytes) {
        found += end - start;
        tokens += tokensOf(bytes, start, end);
      }
      at = bytes.indexOf(mark, start < 0 ? at + mark.length : end);
    }
  }
  return { bytes: found, tokens };
}

/** Where the base64 behind a mark begins: behind the media type of a data URL, or in the string that is the key's value. */
function runAt(bytes: Buffer, from: number, isUrl: boolean): number {
  if (isUrl) {
    const at = bytes.subarray(from, from + nearBytes).indexOf(base64Mark);
    const start = from + at + base64Mark.length;
    return at >= 0 && isBase64(bytes, start) ? start : -1;
  }
  let at = skipBlank(bytes, from);
  if (bytes[at] !== COLON) return -1;
  at = skipBlank(bytes, at + 1);
  return bytes[at] === QUOTE && isBase64(bytes, at + 1) ? at + 1 : -1;
}

function skipBlank(bytes: Buffer, from: number): number {
  let at = from;
  while (bytes[at] === 0x20 || bytes[at] === 0x0a || bytes[at] === 0x0d || bytes[at] === 0x09) at += 1;
  return at;
}

/** Whether what stands there looks like base64 and not like prose. */
function isBase64(bytes: Buffer, at: number): boolean {
  return /^[\w+/=-]*$/.test(bytes.toString('latin1', at, at + leastRunBytes));
}

function tokensOf(bytes: Buffer, start: number, end: number): number {
  const around =
    bytes.toString('latin1', Math.max(0, start - nearBytes), start) + bytes.toString('latin1', end, end + nearBytes);
  const kind = bytesPerToken.find(([word]) => around.includes(word));
  return kind === undefined ? imageTokens : Math.max(imageTokens, Math.ceil((end - start) / kind[1]));
}
