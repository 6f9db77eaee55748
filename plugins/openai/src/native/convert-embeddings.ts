import { asNumber, isArray, isObject, readJson, writeJson, type Json, type JsonObject } from '@tapgate/core';

/** The two forms of an embedding: numbers, or little-endian float32 in base64. */
export type EmbeddingEncoding = 'float' | 'base64';

/**
 * An answer with its embeddings in the form that was asked for; itself where they are already. Exact in both ways: a
 * float32 is a double without loss, and a number becomes the nearest float32, as the vendors' own servers make it.
 */
export function convertEmbeddings(bytes: Uint8Array, wanted: EmbeddingEncoding): Uint8Array {
  if (looksLike(bytes, wanted)) return bytes;
  const json = parsed(bytes);
  const data = json?.['data'];
  if (json === undefined || !isArray(data) || !data.some((entry) => differs(entry, wanted))) return bytes;
  return Buffer.from(writeJson({ ...json, data: data.map((entry) => converted(entry, wanted)) }));
}

/** Whether the first embedding shows itself to be in the form wanted: all others are then too. */
function looksLike(bytes: Uint8Array, wanted: EmbeddingEncoding): boolean {
  const begin = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 4_096)).toString('latin1');
  const first = /"embedding"\s*:\s*(["[])/.exec(begin)?.[1];
  return first === (wanted === 'base64' ? '"' : '[');
}

function parsed(bytes: Uint8Array): JsonObject | undefined {
  try {
    const json = readJson(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
    return isObject(json) ? json : undefined;
  } catch {
    return undefined;
  }
}

function differs(entry: Json, wanted: EmbeddingEncoding): boolean {
  const embedding = isObject(entry) ? entry['embedding'] : undefined;
  return wanted === 'base64' ? isArray(embedding) : typeof embedding === 'string';
}

function converted(entry: Json, wanted: EmbeddingEncoding): Json {
  if (!isObject(entry) || !differs(entry, wanted)) return entry;
  const { embedding } = entry;
  if (isArray(embedding)) return { ...entry, embedding: toBase64(embedding) };
  return typeof embedding === 'string' ? { ...entry, embedding: toNumbers(embedding) } : entry;
}

function toBase64(numbers: readonly Json[]): string {
  const bytes = Buffer.allocUnsafe(numbers.length * Float32Array.BYTES_PER_ELEMENT);
  for (const [index, number] of numbers.entries()) bytes.writeFloatLE(asNumber(number) ?? 0, index * 4);
  return bytes.toString('base64');
}

function toNumbers(base64: string): readonly number[] {
  const bytes = Buffer.from(base64, 'base64');
  const numbers: number[] = [];
  for (let at = 0; at + 4 <= bytes.length; at += 4) numbers.push(bytes.readFloatLE(at));
  return numbers;
}
