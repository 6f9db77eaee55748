/** Callers whose values are known apart; of more, those that came first are forgotten. */
const maxCallers = 10_000;
/** Where a caller has too many values it is not looked for old ones with every request, milliseconds. */
const lookAgainMs = 1000;

interface Values {
  /** Value to when it was last seen. */
  readonly seen: Map<string, number>;
  fullUntil: number;
}

/**
 * Bounds how many values that clients choose are counted apart. Each caller has a share of its own, so that one that makes
 * up names takes nothing from the others: what it names beyond its share it shares with itself.
 */
export class ClientValues {
  readonly #most: number;
  readonly #now: () => number;
  readonly #callers = new Map<string, Values>();

  constructor(most: number, now: () => number = Date.now) {
    this.#most = most;
    this.#now = now;
  }

  /** Whether the value is counted apart; not where the caller has too many already. One unseen for so long makes room. */
  admits(caller: string, value: string, forgetAfterMs: number): boolean {
    const now = this.#now();
    const values = this.#of(caller);
    const { seen } = values;
    if (!seen.has(value) && seen.size >= this.#most) {
      if (now < values.fullUntil) return false;
      forgetOld(seen, now - forgetAfterMs);
      if (seen.size >= this.#most) {
        values.fullUntil = now + lookAgainMs;
        return false;
      }
    }
    seen.set(value, now);
    return true;
  }

  #of(caller: string): Values {
    const known = this.#callers.get(caller);
    if (known !== undefined) return known;
    const values: Values = { seen: new Map(), fullUntil: 0 };
    this.#callers.set(caller, values);
    if (this.#callers.size > maxCallers) {
      const [first] = this.#callers.keys();
      if (first !== undefined) this.#callers.delete(first);
    }
    return values;
  }
}

function forgetOld(seen: Map<string, number>, before: number): void {
  for (const [value, at] of seen) if (at < before) seen.delete(value);
}
