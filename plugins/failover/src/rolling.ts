const slots = 10;

/** A count over the last while, in ten slots: what is older than the window falls out, a slot at a time. */
export class Rolling {
  readonly #slotMs: number;
  readonly #now: () => number;
  readonly #counts: number[] = Array.from({ length: slots }, () => 0);
  /** The number of the newest slot since 1970. */
  #slot: number;
  #total = 0;

  constructor(windowMs: number, now: () => number) {
    this.#slotMs = windowMs / slots;
    this.#now = now;
    this.#slot = Math.floor(now() / this.#slotMs);
  }

  get total(): number {
    this.#advance();
    return this.#total;
  }

  add(amount = 1): void {
    this.#advance();
    const at = this.#slot % slots;
    this.#counts[at] = (this.#counts[at] ?? 0) + amount;
    this.#total += amount;
  }

  clear(): void {
    this.#counts.fill(0);
    this.#total = 0;
  }

  /** A clock that goes back changes nothing. */
  #advance(): void {
    const slot = Math.floor(this.#now() / this.#slotMs);
    if (slot <= this.#slot) return;
    const passed = Math.min(slot - this.#slot, slots);
    for (let step = 1; step <= passed; step += 1) {
      const at = (this.#slot + step) % slots;
      this.#total -= this.#counts[at] ?? 0;
      this.#counts[at] = 0;
    }
    this.#slot = slot;
  }
}
