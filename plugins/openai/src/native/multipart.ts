import { splice, type Body, type Edit } from '@tapgate/core';

/** Where the value of the form's `model` is, in bytes over all chunks. */
export interface ModelPart {
  readonly start: number;
  readonly end: number;
  readonly model: string;
}

/** `more`: not in what has come yet. `none`: the form has ended without it, or is no form. */
export type ModelSearch = ModelPart | 'more' | 'none';

const maxHeadBytes = 8_192;
const maxModelBytes = 1_024;

/**
 * Looks for the form field `model` in as much of a multipart body as has come. What stands before it is skipped without
 * a look inside; a body that goes on is not waited for once it is found.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7578
 */
export function findMultipartModel(chunks: readonly Uint8Array[], contentType: string | undefined): ModelSearch {
  const boundary = boundaryOf(contentType);
  if (boundary === undefined) return 'none';
  const [first] = chunks;
  const early = first === undefined ? 'more' : search(asBuffer(first), boundary);
  // Most forms say the model before they bring the file, and then nothing need be copied.
  return typeof early === 'object' || chunks.length < 2 ? early : search(Buffer.concat(chunks), boundary);
}

function search(bytes: Buffer, boundary: string): ModelSearch {
  const delimiter = Buffer.from(`\r\n--${boundary}`);
  let at = firstPart(bytes, boundary);
  while (at >= 0) {
    const part = partAt(bytes, at, delimiter);
    if (typeof part === 'string') return part;
    if (part.isModel) return modelIn(bytes, part);
    at = part.end + delimiter.length;
  }
  return bytes.length < maxHeadBytes ? 'more' : 'none';
}

/**
 * The body with another model in its form; itself where it has none. Where more of it is to come, it becomes one stream:
 * what has come, then the rest.
 */
export function replaceMultipartModel(body: Body, contentType: string | undefined, model: string): Body {
  const found = findMultipartModel(body.chunks, contentType);
  const edits: Edit[] = [];
  if (typeof found === 'object') {
    edits.push({ start: found.start, end: found.end, bytes: Buffer.from(model.replaceAll(/[\r\n]/g, '')) });
  }
  const { chunks } = splice(body.chunks, edits);
  let { length } = body;
  if (length >= 0) for (const { start, end, bytes } of edits) length += bytes.byteLength - (end - start);
  return body.stream === undefined ? { chunks, length } : { chunks: [], length, stream: inTurn(chunks, body.stream) };
}

async function* inTurn(
  chunks: readonly Uint8Array[],
  rest: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  yield* chunks;
  yield* rest;
}

/** Whether a body is a form in parts. */
export function isMultipart(contentType: string | undefined): boolean {
  return boundaryOf(contentType) !== undefined;
}

function boundaryOf(contentType: string | undefined): string | undefined {
  if (contentType === undefined || !/^multipart\/form-data\b/i.test(contentType)) return undefined;
  const found = /;\s*boundary=(?:"([^"]{1,200})"|([^\s;,"]{1,200}))/i.exec(contentType);
  return found?.[1] ?? found?.[2];
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Behind the first delimiter, which has no line end before it where the form has no preamble. */
function firstPart(bytes: Buffer, boundary: string): number {
  const opening = `--${boundary}`;
  if (bytes.subarray(0, opening.length).toString('latin1') === opening) return opening.length;
  const at = bytes.indexOf(`\r\n${opening}`);
  return at === -1 ? -1 : at + 2 + opening.length;
}

interface Part {
  readonly isModel: boolean;
  readonly start: number;
  /** Where its delimiter begins. */
  readonly end: number;
}

function partAt(bytes: Buffer, at: number, delimiter: Buffer): Part | 'more' | 'none' {
  if (bytes.length < at + 2) return 'more';
  if (bytes.toString('latin1', at, at + 2) === '--') return 'none';
  const headEnd = bytes.indexOf('\r\n\r\n', at);
  if (headEnd === -1) return bytes.length - at > maxHeadBytes ? 'none' : 'more';
  const isModel = namesModel(bytes.toString('utf8', at, headEnd));
  const start = headEnd + 4;
  const end = bytes.indexOf(delimiter, start);
  if (end === -1) return isModel && bytes.length - start > maxModelBytes + delimiter.length ? 'none' : 'more';
  return { isModel, start, end };
}

function namesModel(head: string): boolean {
  const line = /^content-disposition:[^\r\n]*/im.exec(head)?.[0] ?? '';
  return /;\s*name=(?:"model"|model)(?:\s*;|\s*$)/i.test(line) && !/;\s*filename\*?=/i.test(line);
}

function modelIn(bytes: Buffer, { start, end }: Part): ModelSearch {
  if (end - start > maxModelBytes) return 'none';
  return { start, end, model: bytes.toString('utf8', start, end) };
}
