import { seeded } from './seeded.ts';

/** One way of cutting bytes into the chunks they arrive in. */
export interface Chunking {
  /** For a test's message: `one byte at a time`, `random split 7`. */
  readonly name: string;
  readonly chunks: readonly Uint8Array[];
}

/** One byte a chunk. */
export function oneByOne(bytes: Uint8Array): readonly Uint8Array[] {
  return inPieces(bytes, 1);
}

/** Chunks of `size` bytes, the last one of what is left. */
export function inPieces(bytes: Uint8Array, size: number): readonly Uint8Array[] {
  const count = Math.ceil(bytes.byteLength / size);
  return Array.from({ length: count }, (_, at) => bytes.subarray(at * size, (at + 1) * size));
}

/** The bytes in two, cut at `at`. */
export function cutInTwo(bytes: Uint8Array, at: number): readonly Uint8Array[] {
  return [bytes.subarray(0, at), bytes.subarray(at)];
}

/** Between one and twenty cuts at places that the seed decides. An empty chunk may be among them: a parser must bear it. */
export function randomSplit(bytes: Uint8Array, seed: number): readonly Uint8Array[] {
  const random = seeded(seed);
  const cuts = Array.from({ length: 1 + random.integer(20) }, () => random.integer(bytes.byteLength + 1));
  const ordered = [0, ...cuts.toSorted((one, other) => one - other), bytes.byteLength];
  return ordered.slice(1).map((end, at) => bytes.subarray(ordered[at], end));
}

/** The bytes whole, one byte at a time, and in `splits` random ways that `seed` decides: a decoder must not tell them apart. */
export function chunkings(
  bytes: Uint8Array,
  options: { readonly splits?: number; readonly seed?: number } = {},
): readonly Chunking[] {
  const { splits = 50, seed = 1 } = options;
  return [
    { name: 'whole', chunks: [bytes] },
    { name: 'one byte at a time', chunks: oneByOne(bytes) },
    ...Array.from({ length: splits }, (_, at) => ({
      name: `random split ${at} of seed ${seed}`,
      chunks: randomSplit(bytes, seed * 1000 + at),
    })),
  ];
}
