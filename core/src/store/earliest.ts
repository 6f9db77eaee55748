/** Things that end, the one that ends first before all others: a binary heap. */
export class Earliest<Item extends { readonly until: number }> {
  readonly #items: Item[] = [];

  get size(): number {
    return this.#items.length;
  }

  add(item: Item): void {
    const items = this.#items;
    let at = items.length;
    items.push(item);
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = items[above] as Item;
      if (parent.until <= item.until) break;
      items[at] = parent;
      at = above;
    }
    items[at] = item;
  }

  /** Takes one that has ended; nothing where none has. */
  takeEnded(now: number): Item | undefined {
    const items = this.#items;
    const [first] = items;
    if (first === undefined || first.until > now) return undefined;
    const last = items.pop() as Item;
    if (items.length > 0) this.#sink(last);
    return first;
  }

  clear(): void {
    this.#items.length = 0;
  }

  /** Puts an item at the top, and lets it down to its place. */
  #sink(item: Item): void {
    const items = this.#items;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= items.length) break;
      const right = items[below + 1];
      if (right !== undefined && right.until < (items[below] as Item).until) below += 1;
      const child = items[below] as Item;
      if (child.until >= item.until) break;
      items[at] = child;
      at = below;
    }
    items[at] = item;
  }
}
