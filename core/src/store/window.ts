/** Into how many slices a window is cut: what was spent leaves it a slice at a time, never early. */
const slices = 64;

/** What was spent in the last `windowMs`, as it slides. An amount counts until its whole slice has left the window. */
export class Window {
  readonly sliceMs: number;
  readonly #windowMs: number;
  /** Slice number to its sum; insertion order is time order. */
  readonly #sums = new Map<number, bigint>();
  #total = 0n;

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
    this.sliceMs = Math.max(1, Math.ceil(windowMs / slices));
  }

  total(now: number): bigint {
    this.#forget(now);
    return this.#total;
  }

  /** Adds to the slice of `at`, which may be past; an amount whose slice has left changes nothing. */
  add(at: number, amount: bigint, now: number): void {
    const slice = Math.floor(at / this.sliceMs);
    if (this.#left(slice, now)) return;
    this.#sums.set(slice, (this.#sums.get(slice) ?? 0n) + amount);
    this.#total += amount;
  }

  /** When `amount` would fit below `limit`; when the window is empty where it never does. */
  fitsAt(amount: bigint, limit: bigint, now: number): number {
    let total = this.total(now);
    if (total + amount <= limit) return now;
    for (const [slice, sum] of [...this.#sums].toSorted(([one], [other]) => one - other)) {
      total -= sum;
      if (total + amount <= limit || total === 0n) return this.#leavesAt(slice);
    }
    return now + this.#windowMs;
  }

  /** When nothing of it is left. */
  emptyAt(now: number): number {
    const last = Math.max(...this.#sums.keys());
    return this.#sums.size === 0 ? now : this.#leavesAt(last);
  }

  #leavesAt(slice: number): number {
    return (slice + 1) * this.sliceMs + this.#windowMs;
  }

  #left(slice: number, now: number): boolean {
    return this.#leavesAt(slice) <= now;
  }

  #forget(now: number): void {
    for (const [slice, sum] of this.#sums) {
      if (!this.#left(slice, now)) continue;
      this.#sums.delete(slice);
      this.#total -= sum;
    }
  }
}
