/** How long a stretch of time is whose things lie together, milliseconds. */
const stretchMs = 1000;

/** Things that end at some time, unless they are taken away before: adding and taking away cost the same however many there are. */
export class Ends<Item extends { readonly until: number }> {
  readonly #stretches = new Map<number, Set<Item>>();
  /** Nothing ends before. */
  #next = Number.POSITIVE_INFINITY;

  add(item: Item): void {
    const stretch = stretchOf(item.until);
    const items = this.#stretches.get(stretch);
    if (items === undefined) this.#stretches.set(stretch, new Set([item]));
    else items.add(item);
    if (item.until < this.#next) this.#next = item.until;
  }

  delete(item: Item): void {
    const stretch = stretchOf(item.until);
    const items = this.#stretches.get(stretch);
    if (items?.delete(item) === true && items.size === 0) this.#stretches.delete(stretch);
  }

  /** Takes away all that have ended. */
  takeEnded(now: number): readonly Item[] {
    return now < this.#next ? none : this.#take(now);
  }

  #take(now: number): readonly Item[] {
    const ended: Item[] = [];
    this.#next = Number.POSITIVE_INFINITY;
    for (const [stretch, items] of this.#stretches) {
      if (stretch > stretchOf(now)) {
        this.#next = Math.min(this.#next, stretch * stretchMs);
        continue;
      }
      for (const item of items) {
        if (item.until > now) this.#next = Math.min(this.#next, item.until);
        else if (items.delete(item)) ended.push(item);
      }
      if (items.size === 0) this.#stretches.delete(stretch);
    }
    return ended;
  }
}

const none: readonly never[] = [];

function stretchOf(time: number): number {
  return Math.floor(time / stretchMs);
}
