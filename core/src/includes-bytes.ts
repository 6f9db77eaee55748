import { asBuffer } from './json/as-buffer.ts';

/** Whether chunks hold a run of bytes, be it across the cuts between them: how a codec looks for its own marks in a body that nobody parses. */
export function includesBytes(chunks: readonly Uint8Array[], wanted: Buffer): boolean {
  const [only] = chunks;
  if (only !== undefined && chunks.length === 1) return asBuffer(only).includes(wanted);
  const overlap = wanted.byteLength - 1;
  let tail: Buffer = Buffer.alloc(0);
  for (const chunk of chunks) {
    const bytes = asBuffer(chunk);
    const seam = Buffer.concat([tail, bytes.subarray(0, overlap)]);
    if (bytes.includes(wanted) || seam.includes(wanted)) return true;
    tail = bytes.byteLength >= overlap ? bytes.subarray(bytes.byteLength - overlap) : seam.subarray(-overlap);
  }
  return false;
}
