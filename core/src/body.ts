import type { ScannedObject } from './json/scan-object.ts';

/**
 * A request's bytes in the chunks they came in, so that a large one is never copied.
 * `stream` instead of chunks for a long upload that passes through as it comes, and can be sent only once.
 */
export interface Body {
  readonly chunks: readonly Uint8Array[];
  /** Bytes in `chunks`; -1 with a stream of unknown length. */
  readonly length: number;
  readonly stream?: AsyncIterable<Uint8Array>;
  /** What `scanBody` has found in it. */
  scan?: ScannedObject;
}

/** A body of the given bytes. */
export function bodyOf(...chunks: readonly Uint8Array[]): Body {
  let length = 0;
  for (const chunk of chunks) length += chunk.byteLength;
  return { chunks, length };
}

/** A body of the given text, in UTF-8. */
export function textBody(text: string): Body {
  return bodyOf(Buffer.from(text));
}

/** The body's bytes in one piece; no copy where it is one already. */
export function bytesOf(body: Body): Uint8Array {
  const [only] = body.chunks;
  return body.chunks.length === 1 && only ? only : Buffer.concat(body.chunks, body.length);
}

/** The body's bytes as text; ill-formed UTF-8 becomes U+FFFD. */
export function textOf(body: Body): string {
  const bytes = bytesOf(body);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

/** No bytes. */
export const emptyBody: Body = { chunks: [], length: 0 };
