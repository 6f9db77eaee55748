/** The word among `words` that `word` was most likely meant to be, or nothing where none is near. */
export function nearest(word: string, words: Iterable<string>): string | undefined {
  const asked = word.toLowerCase();
  let best: string | undefined;
  // A third of the letters may be wrong: "atempts" is "attempts", but "port" is not "host".
  let bound = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of words) {
    const distance = editDistance(asked, candidate.toLowerCase(), bound);
    if (distance >= bound || candidate === word) continue;
    best = candidate;
    bound = distance;
  }
  return best;
}

/**
 * How many letters must be put in, taken out, replaced or swapped with their neighbour to make one word of the other.
 * Gives up at `bound`, so that a long word costs no more than a short one.
 */
export function editDistance(from: string, to: string, bound: number = Number.POSITIVE_INFINITY): number {
  if (Math.abs(from.length - to.length) >= bound) return bound;
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= to.length; column += 1) {
      current.push(cheapest(from, to, row, column, { current, last, beforeLast }));
    }
    if (Math.min(...current) >= bound) return bound;
    [beforeLast, last] = [last, current];
  }
  return Math.min(last[to.length] ?? 0, bound);
}

interface Rows {
  readonly current: readonly number[];
  readonly last: readonly number[];
  readonly beforeLast: readonly number[];
}

function cheapest(from: string, to: string, row: number, column: number, rows: Rows): number {
  const same = from[row - 1] === to[column - 1];
  const replaced = (rows.last[column - 1] ?? 0) + (same ? 0 : 1);
  const removed = (rows.last[column] ?? 0) + 1;
  const added = (rows.current[column - 1] ?? 0) + 1;
  const swapped =
    row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
      ? (rows.beforeLast[column - 2] ?? 0) + 1
      : Number.POSITIVE_INFINITY;
  return Math.min(replaced, removed, added, swapped);
}
