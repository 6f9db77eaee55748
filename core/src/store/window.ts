/** Into how many slices a window is cut: what was spent leaves it a slice at a time, never early. */
const slices = 64;

/** What was spent in the last `windowMs`, as it slides. An amount counts until its whole slice has left the window. */
export class Window {
  readonly sliceMs: number;
  readonly #windowMs: number;
  /** Slice number to its sum; in no order, because what is settled late belongs to a slice that is past. */
  readonly #sums = new Map<number, bigint>();
  #total = 0n;
  #last = Number.NEGATIVE_INFINITY;
  /** When the first slice leaves: before that there is nothing to look for. */
  #firstLeavesAt = Number.POSITIVE_INFINITY;

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
    this.sliceMs = Math.max(1, Math.ceil(windowMs / slices));
  }

  total(now: number): bigint {
    this.#forget(now);
    return this.#total;
  }

  /** Whether nothing of it is left. */
  isEmpty(now: number): boolean {
    this.#forget(now);
    return this.#sums.size === 0;
  }

  /** Adds to the slice of `at`, which may be past; an amount whose slice has left changes nothing. */
  add(at: number, amount: bigint, now: number): void {
    const slice = Math.floor(at / this.sliceMs);
    const leavesAt = this.#leavesAt(slice);
    if (leavesAt <= now) return;
    this.#sums.set(slice, (this.#sums.get(slice) ?? 0n) + amount);
    this.#total += amount;
    this.#last = Math.max(this.#last, slice);
    this.#firstLeavesAt = Math.min(this.#firstLeavesAt, leavesAt);
  }

  /** When `amount` would fit below `limit`; when the window is empty where it never does, which is now where it is empty already. */
  fitsAt(amount: bigint, limit: bigint, now: number): number {
    let total = this.total(now);
    if (total + amount <= limit) return now;
    for (const [slice, sum] of [...this.#sums].toSorted(([one], [other]) => one - other)) {
      total -= sum;
      if (total + amount <= limit || total === 0n) return this.#leavesAt(slice);
    }
    return now;
  }

  /** When nothing of it is left. */
  emptyAt(now: number): number {
    return this.isEmpty(now) ? now : this.#leavesAt(this.#last);
  }

  #leavesAt(slice: number): number {
    return (slice + 1) * this.sliceMs + this.#windowMs;
  }

  #forget(now: number): void {
    if (now < this.#firstLeavesAt) return;
    this.#firstLeavesAt = Number.POSITIVE_INFINITY;
    for (const [slice, sum] of this.#sums) {
      const leavesAt = this.#leavesAt(slice);
      if (leavesAt > now) {
        this.#firstLeavesAt = Math.min(this.#firstLeavesAt, leavesAt);
        continue;
      }
      this.#sums.delete(slice);
      this.#total -= sum;
    }
  }
}
