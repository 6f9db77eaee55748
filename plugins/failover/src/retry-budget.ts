import { Rolling } from './rolling.ts';

const windowMs = 10_000;

/** How much more than the demand itself a provider may be asked. */
export interface RetryRules {
  /** Retries for each request of the last ten seconds. */
  readonly share: number;
  /** Retries a second that are always allowed, so that little traffic may retry too. */
  readonly perSecond: number;
}

/**
 * Bounds what retries add to the load of one provider: over ten seconds at most `share` of the requests that came to it, and
 * `perSecond` each second. The first attempt of a request at the provider is demand; only further ones are retries.
 * @see https://finagle.github.io/blog/2016/02/08/retry-budgets/
 */
export class RetryBudget {
  readonly #requests: Rolling;
  readonly #retries: Rolling;

  constructor(now: () => number) {
    this.#requests = new Rolling(windowMs, now);
    this.#retries = new Rolling(windowMs, now);
  }

  /** A request has come to the provider. */
  deposit(): void {
    this.#requests.add();
  }

  /** Retries that are allowed now; below 1 is none. */
  balance({ share, perSecond }: RetryRules): number {
    return share * this.#requests.total + (perSecond * windowMs) / 1000 - this.#retries.total;
  }

  /** Takes one retry, where one is left. */
  take(rules: RetryRules): boolean {
    if (this.balance(rules) < 1) return false;
    this.#retries.add();
    return true;
  }
}
