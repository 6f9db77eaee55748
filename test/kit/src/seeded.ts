/** Numbers that look random and are the same for the same seed, so that a failure can be repeated. */
export interface Seeded {
  /** From 0 up to, not including, `below`. */
  integer(below: number): number;
  bytes(length: number): Uint8Array;
  pick<T>(from: readonly T[]): T;
}

/** A generator of the given seed (mulberry32): for tests only, never for a secret. */
export function seeded(seed: number): Seeded {
  let state = seed | 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const integer = (below: number): number => Math.floor(next() * below);
  return {
    integer,
    bytes: (length) => Uint8Array.from({ length }, () => integer(256)),
    pick: (from) => {
      if (from.length === 0) throw new RangeError('There is nothing to pick from.');
      return from[integer(from.length)] as (typeof from)[number];
    },
  };
}
