import { readSpan, type Span } from './read-span.ts';

/** Longer than any count a double holds exactly. */
const maxCountBytes = 32;

/** The whole number above 0 that a span says; undefined for a missing span, and for anything else. */
export function readCount(chunks: readonly Uint8Array[], span: Span | undefined): number | undefined {
  if (span === undefined || span.end - span.start > maxCountBytes) return undefined;
  const value = Number(readSpan(chunks, span));
  return Number.isSafeInteger(value) && value > 0 ? value : undefined;
}
