/** The same bytes as a Buffer, whose `indexOf` is a memchr: some 25 times as fast as that of a Uint8Array. No copy. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
