/** Bytes to stand in place of those from `start` to `end`. Offsets count over all chunks of what is edited. */
export interface Edit {
  readonly start: number;
  /** Behind the last byte replaced; `start` itself to insert. */
  readonly end: number;
  readonly bytes: Uint8Array;
}

/** Chunks and how many bytes they are together. */
export interface Spliced {
  readonly chunks: readonly Uint8Array[];
  readonly length: number;
}

/** Up to here one write of one copy is cheaper than several writes; beyond, a fresh copy costs more than all the rest. */
const SMALL_BYTES = 65_536;

/**
 * Applies edits to bytes in chunks. A large result shares the bytes of the given chunks; a small one is a single chunk.
 * Edits may come in any order; those that insert at the same place are inserted in the order given.
 *
 * @throws RangeError when edits overlap, or lie outside of the bytes.
 */
export function splice(chunks: readonly Uint8Array[], edits: readonly Edit[]): Spliced {
  let length = 0;
  for (const chunk of chunks) length += chunk.byteLength;
  const pieces = cut(chunks, inOrder(edits, length), length);
  for (const { start, end, bytes } of edits) length += bytes.byteLength - (end - start);
  const isSmall = length < SMALL_BYTES && pieces.length > 1;
  return { chunks: isSmall ? [Buffer.concat(pieces, length)] : pieces, length };
}

function inOrder(edits: readonly Edit[], length: number): readonly Edit[] {
  const ordered =
    edits.length < 2 ? edits : edits.toSorted((one, other) => one.start - other.start || one.end - other.end);
  let at = 0;
  for (const { start, end } of ordered) {
    const fits = start >= at && end >= start && end <= length;
    if (!fits)
      throw new RangeError(`The edit from ${start} to ${end} overlaps another one, or lies outside of the bytes.`);
    at = end;
  }
  return ordered;
}

function cut(chunks: readonly Uint8Array[], edits: readonly Edit[], length: number): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  let index = 0;
  let base = 0;
  let at = 0;
  const keepUpTo = (end: number): void => {
    for (let chunk = chunks[index]; chunk !== undefined && at < end; chunk = chunks[index]) {
      const chunkEnd = base + chunk.byteLength;
      if (at < chunkEnd) pieces.push(chunk.subarray(at - base, end - base));
      at = Math.max(at, Math.min(end, chunkEnd));
      if (at < chunkEnd) return;
      base = chunkEnd;
      index++;
    }
  };
  for (const { start, end, bytes } of edits) {
    keepUpTo(start);
    if (bytes.byteLength > 0) pieces.push(bytes);
    at = end;
  }
  keepUpTo(length);
  return pieces;
}
