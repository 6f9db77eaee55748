interface Share {
  readonly value: { close(): void | Promise<void> };
  holders: number;
}

/** What outlives a reload or is one per process: opened by the first who asks, closed when the last has let go. */
export class Shares {
  readonly #open = new Map<string, Share>();

  acquire<T extends { close(): void | Promise<void> }>(key: string, open: () => T): T {
    let share = this.#open.get(key);
    if (share === undefined) {
      share = { value: open(), holders: 0 };
      this.#open.set(key, share);
    }
    share.holders += 1;
    return share.value as T;
  }

  async release(key: string): Promise<void> {
    const share = this.#open.get(key);
    if (share === undefined) return;
    share.holders -= 1;
    if (share.holders > 0) return;
    this.#open.delete(key);
    await share.value.close();
  }
}

/** This process's shares, which a reload's second gateway takes over from the first. */
export const processShares: Shares = new Shares();
