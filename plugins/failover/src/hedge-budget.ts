import { Rolling } from './rolling.ts';

const windowMs = 60_000;

/** Bounds what hedging costs: over a minute at most a share of the requests is asked twice at once. */
export class HedgeBudget {
  readonly #requests: Rolling;
  readonly #hedges: Rolling;

  constructor(now: () => number) {
    this.#requests = new Rolling(windowMs, now);
    this.#hedges = new Rolling(windowMs, now);
  }

  deposit(): void {
    this.#requests.add();
  }

  /** Takes one hedge, where one is left. */
  take(share: number): boolean {
    if (share * this.#requests.total - this.#hedges.total < 1) return false;
    this.#hedges.add();
    return true;
  }
}
