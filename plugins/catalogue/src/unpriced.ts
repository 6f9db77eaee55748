import { nameOf, type Target } from '@tapgate/core';

/** Answers of one target whose cost is not known, and why. */
export interface UnpricedCount {
  readonly model: string;
  readonly reason: string;
  readonly answers: number;
}

/** Names that clients make up must not fill the memory; the rest is counted together. */
const maxKinds = 500;
const longest = 200;
const others: Target = { provider: 'others', model: '*' };

/** Counts answers whose cost is not known. It outlives a reload. */
export class Unpriced {
  readonly #counts = new Map<string, { readonly model: string; readonly reason: string; answers: number }>();

  /** Counts one. True the first time, for the log. */
  count(target: Target, reason: string): boolean {
    const model = nameOf({ provider: target.provider, model: target.model.slice(0, longest) });
    const key = `${model}\n${reason}`;
    const known = this.#counts.get(key);
    if (known !== undefined) {
      known.answers += 1;
      return false;
    }
    if (this.#counts.size >= maxKinds && target !== others)
      return this.count(others, 'there are too many to tell apart');
    this.#counts.set(key, { model, reason, answers: 1 });
    return true;
  }

  counts(): readonly UnpricedCount[] {
    return [...this.#counts.values()].map((count) => ({ ...count }));
  }

  close(): void {
    this.#counts.clear();
  }
}
