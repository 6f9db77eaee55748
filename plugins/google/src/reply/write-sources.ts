import { type Citation, defined, type JsonObject } from '@tapgate/core';

/** A source as it came, with the part that rests on it. */
export interface Cited {
  readonly part: string | undefined;
  readonly citation: Citation;
}

/**
 * Sources that another vendor gave, as this API tells them: each once, and beside them the segments that rest on them,
 * counted in bytes over the answer's whole text.
 */
export function writeSources(cited: readonly Cited[], texts: ReadonlyMap<string, string>): JsonObject | undefined {
  const chunks = new Map<string, { readonly index: number; readonly json: JsonObject }>();
  const groundingSupports: JsonObject[] = [];
  for (const { part, citation } of cited) {
    const json = chunkOf(citation);
    if (json === undefined) continue;
    const key = JSON.stringify(json);
    const chunk = chunks.get(key) ?? { index: chunks.size, json };
    chunks.set(key, chunk);
    const segment = segmentOf(part, citation, texts);
    if (segment !== undefined) groundingSupports.push({ segment, groundingChunkIndices: [chunk.index] });
  }
  if (chunks.size === 0) return undefined;
  const groundingChunks = [...chunks.values()].map(({ json }) => json);
  return { groundingChunks, ...(groundingSupports.length > 0 && { groundingSupports }) };
}

function chunkOf({ url, title, text }: Citation): JsonObject | undefined {
  if (url !== undefined) return { web: defined({ uri: url, title }) };
  return title === undefined && text === undefined ? undefined : { retrievedContext: defined({ title, text }) };
}

function segmentOf(
  part: string | undefined,
  { start, end }: Citation,
  texts: ReadonlyMap<string, string>,
): JsonObject | undefined {
  if (part === undefined || start === undefined || end === undefined) return undefined;
  let before = 0;
  for (const [id, text] of texts) {
    if (id !== part) {
      before += Buffer.byteLength(text);
      continue;
    }
    const points = Array.from(text);
    const said = points.slice(start, end).join('');
    const startIndex = before + Buffer.byteLength(points.slice(0, start).join(''));
    return { startIndex, endIndex: startIndex + Buffer.byteLength(said), text: said };
  }
  return undefined;
}
