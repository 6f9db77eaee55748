/** Gives each output item and each call an id that no other one of the answer has. The same answer always has the same ids. */
export class ItemIds {
  readonly #base: string;
  readonly #used: Set<string> = new Set();

  constructor(exchangeId: string) {
    this.#base = exchangeId.replaceAll(/[^a-zA-Z0-9_-]/g, '_');
  }

  /** The response's. */
  get response(): string {
    return `resp_${this.#base}`;
  }

  /** The wanted id if it is one and free, else one made from the prefix and the item's place. */
  take(wanted: string | undefined, prefix: string, index: number): string {
    const made = `${prefix}_${this.#base}_${index}`;
    const id = wanted && !this.#used.has(wanted) ? wanted : this.#free(made);
    this.#used.add(id);
    return id;
  }

  #free(made: string): string {
    let id = made;
    for (let again = 1; this.#used.has(id); again++) id = `${made}_${again}`;
    return id;
  }
}
