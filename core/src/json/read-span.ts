import { asBuffer } from './as-buffer.ts';

/** A run of bytes in a list of chunks, counted over all of them. */
export interface Span {
  readonly start: number;
  /** Behind the last byte. */
  readonly end: number;
}

/** The text of a span, in UTF-8. Copies no more than the span itself. */
export function readSpan(chunks: readonly Uint8Array[], { start, end }: Span): string {
  const pieces: Uint8Array[] = [];
  let base = 0;
  for (const chunk of chunks) {
    const next = base + chunk.byteLength;
    if (start >= base && end <= next) return asBuffer(chunk).toString('utf8', start - base, end - base);
    if (end > base && start < next) pieces.push(chunk.subarray(Math.max(start - base, 0), end - base));
    if (end <= next) break;
    base = next;
  }
  return Buffer.concat(pieces).toString('utf8');
}
