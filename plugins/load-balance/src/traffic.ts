import { nameOf, type Target } from '@tapgate/core';

/** How long a peak of the time to the first token is remembered: it falls to 1/e in this time. */
const decayMs = 10_000;
const maxTargets = 10_000;

interface Seen {
  inFlight: number;
  /** Peak-sensitive moving average of the time to the first token, milliseconds; nothing measured yet is 0. */
  firstTokenMs: number;
  measuredAt: number;
}

/** What this process has under way at each target, and how fast each begins to answer. One per process, so that a reload forgets nothing. */
export class Traffic {
  readonly #seen = new Map<string, Seen>();
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  begin(target: Target): void {
    this.#at(target).inFlight += 1;
  }

  end(target: Target): void {
    const seen = this.#at(target);
    seen.inFlight = Math.max(0, seen.inFlight - 1);
  }

  inFlight(target: Target): number {
    return this.#seen.get(nameOf(target))?.inFlight ?? 0;
  }

  /**
   * A first token came after so long, or an attempt failed, which counts as having taken `tookMs`. A slower one than the average
   * is believed at once, a faster one little by little.
   */
  measure(target: Target, tookMs: number): void {
    const seen = this.#at(target);
    const now = this.#now();
    const weight = Math.exp(-(now - seen.measuredAt) / decayMs);
    seen.firstTokenMs = tookMs > seen.firstTokenMs ? tookMs : seen.firstTokenMs * weight + tookMs * (1 - weight);
    seen.measuredAt = now;
  }

  /** What one more request would wait for, by what is known: the average now, times what is before it. */
  cost(target: Target): number {
    const seen = this.#seen.get(nameOf(target));
    if (seen === undefined) return 0;
    const faded = seen.firstTokenMs * Math.exp(-(this.#now() - seen.measuredAt) / (decayMs * 6));
    return faded * (seen.inFlight + 1);
  }

  close(): void {
    this.#seen.clear();
  }

  #at(target: Target): Seen {
    const name = nameOf(target);
    let seen = this.#seen.get(name);
    if (seen === undefined) {
      if (this.#seen.size >= maxTargets) this.#forgetIdle();
      seen = { inFlight: 0, firstTokenMs: 0, measuredAt: this.#now() };
      this.#seen.set(name, seen);
    }
    return seen;
  }

  #forgetIdle(): void {
    for (const [name, { inFlight }] of this.#seen) if (inFlight === 0) this.#seen.delete(name);
  }
}
