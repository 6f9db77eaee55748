const windowMs = 60_000;
const maxAddresses = 10_000;

/** Wrong keys by network address, so that nobody guesses for long. */
export class Tries {
  readonly #limit: number;
  readonly #now: () => number;
  readonly #failed = new Map<string, { count: number; until: number }>();

  constructor(limit: number, now: () => number = Date.now) {
    this.#limit = limit;
    this.#now = now;
  }

  /** Milliseconds until this address may try again; 0 when it may. */
  waitMs(address: string): number {
    const failed = this.#failed.get(address);
    if (failed === undefined) return 0;
    const left = failed.until - this.#now();
    if (left <= 0) this.#failed.delete(address);
    return left > 0 && failed.count >= this.#limit ? left : 0;
  }

  fail(address: string): void {
    const now = this.#now();
    const failed = this.#failed.get(address);
    if (failed !== undefined && failed.until > now) {
      failed.count += 1;
      return;
    }
    this.#failed.delete(address);
    this.#failed.set(address, { count: 1, until: now + windowMs });
    if (this.#failed.size <= maxAddresses) return;
    const [oldest] = this.#failed.keys();
    if (oldest !== undefined) this.#failed.delete(oldest);
  }
}
