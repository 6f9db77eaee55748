/** A wait before trying again: anywhere from 0 to a bound that doubles with each try, so that those who failed together do not come back together. */
export function fullJitter(
  tries: number,
  { baseMs, maxMs }: { readonly baseMs: number; readonly maxMs: number },
  random: () => number,
): number {
  return random() * Math.min(maxMs, baseMs * 2 ** Math.min(tries, 30));
}
