/** Callers whose values are known apart; of more, those unseen for longest are forgotten first. */
const maxCallers = 10_000;

/**
 * Bounds how many values that clients choose are counted apart. Each caller has a share of its own, so that one that makes
 * up names takes nothing from the others: what it names beyond its share it shares with itself.
 */
export class ClientValues {
  readonly #most: number;
  readonly #now: () => number;
  /** Caller to value to when it was last seen, the oldest first. */
  readonly #seen = new Map<string, Map<string, number>>();

  constructor(most: number, now: () => number = Date.now) {
    this.#most = most;
    this.#now = now;
  }

  /** The value, or nothing where the caller has too many of them already. One unseen for so long makes room. */
  admit(caller: string, value: string, forgetAfterMs: number): string | undefined {
    const now = this.#now();
    const values = this.#of(caller);
    const known = values.delete(value);
    if (!known && values.size >= this.#most && !forgetOldest(values, now - forgetAfterMs)) return undefined;
    values.set(value, now);
    return value;
  }

  #of(caller: string): Map<string, number> {
    const values = this.#seen.get(caller) ?? new Map<string, number>();
    this.#seen.delete(caller);
    this.#seen.set(caller, values);
    if (this.#seen.size > maxCallers) {
      const [oldest] = this.#seen.keys();
      if (oldest !== undefined) this.#seen.delete(oldest);
    }
    return values;
  }
}

function forgetOldest(values: Map<string, number>, before: number): boolean {
  const [oldest] = values;
  if (oldest === undefined || oldest[1] >= before) return false;
  return values.delete(oldest[0]);
}
