/** How many places there are under a name. */
export type Limit = readonly [name: string, limit: number];

/** Places under a name that are taken, and how long one usually is. */
interface Taken {
  count: number;
  /** Moving average, milliseconds; 0 before anything is known. */
  usualMs: number;
}

/** How much the newest counts in the average of how long a place is taken. */
const newest = 0.1;

/** Above this many names those that are idle are forgotten: a client may invent models. */
const maxNames = 1000;

/** Attempts under way by the names of the limits they count for. One per process, so that a reload forgets none. */
export class Slots {
  readonly #taken = new Map<string, Taken>();

  count(name: string): number {
    return this.#taken.get(name)?.count ?? 0;
  }

  usualMs(name: string): number {
    return this.#taken.get(name)?.usualMs ?? 0;
  }

  /** Takes one place of each, or none at all and gives the first limit that is full. */
  take(limits: readonly Limit[]): Limit | undefined {
    const full = limits.find(([name, limit]) => this.count(name) >= limit);
    if (full !== undefined) return full;
    for (const [name] of limits) this.#at(name).count += 1;
    return undefined;
  }

  /** Gives back what `take` took, after so long. */
  give(limits: readonly Limit[], tookMs: number): void {
    for (const [name] of limits) {
      const taken = this.#at(name);
      taken.count -= 1;
      taken.usualMs = taken.usualMs === 0 ? tookMs : taken.usualMs + newest * (tookMs - taken.usualMs);
    }
  }

  close(): void {
    this.#taken.clear();
  }

  #at(name: string): Taken {
    let taken = this.#taken.get(name);
    if (taken === undefined) {
      if (this.#taken.size >= maxNames) this.#forgetIdle();
      taken = { count: 0, usualMs: 0 };
      this.#taken.set(name, taken);
    }
    return taken;
  }

  #forgetIdle(): void {
    for (const [name, { count }] of this.#taken) if (count === 0) this.#taken.delete(name);
  }
}
