const maxSamples = 200;
/** Sorting is not for each request. */
const freshFor = 20;

/** The last times to the first content of one target, and how long nearly all of them took. */
export class Latency {
  readonly #samples: number[] = [];
  #at = 0;
  #since = freshFor;
  #p95 = 0;

  get count(): number {
    return this.#samples.length;
  }

  add(tookMs: number): void {
    this.#samples[this.#at] = tookMs;
    this.#at = (this.#at + 1) % maxSamples;
    this.#since += 1;
  }

  /** What 95 of 100 took at most, milliseconds; nothing below `least` samples. */
  p95(least: number): number | undefined {
    if (this.#samples.length < least) return undefined;
    if (this.#since >= freshFor) {
      const sorted = this.#samples.toSorted((one, other) => one - other);
      this.#p95 = sorted[Math.ceil(sorted.length * 0.95) - 1] ?? 0;
      this.#since = 0;
    }
    return this.#p95;
  }
}
