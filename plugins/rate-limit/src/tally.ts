import type { Asked } from './asked.ts';
import type { Amount } from './amount.ts';

/** How one limit has decided, for administrators. */
export interface LimitStanding {
  readonly instance: string;
  readonly limit: string;
  readonly shadow: boolean;
  readonly granted: number;
  readonly refused: number;
  /** Who was refused last, the latest first. */
  readonly lately: readonly { readonly subject: string; readonly at: string }[];
}

interface Count {
  readonly limit: string;
  readonly shadow: boolean;
  granted: number;
  refused: number;
  readonly lately: { readonly subject: string; readonly at: string }[];
}

const maxLately = 20;

/** What one instance has decided since it began. */
export class Tally {
  readonly #instance: string;
  readonly #counts = new Map<Amount, Count>();

  constructor(instance: string) {
    this.#instance = instance;
  }

  granted(asked: readonly Asked[]): void {
    for (const one of asked) this.#of(one).granted += 1;
  }

  refused(asked: Asked): void {
    const count = this.#of(asked);
    count.refused += 1;
    const subject = asked.claim.key.slice(asked.limit.prefix.length + asked.amount.what.length + 1);
    count.lately.unshift({ subject, at: new Date().toISOString() });
    if (count.lately.length > maxLately) count.lately.pop();
  }

  standings(): readonly LimitStanding[] {
    return [...this.#counts.values()].map((count) => ({ instance: this.#instance, ...count }));
  }

  #of({ limit, amount }: Asked): Count {
    let count = this.#counts.get(amount);
    if (count === undefined) {
      const name = `${limit.name}: ${amount.what}`;
      count = { limit: name, shadow: limit.shadow, granted: 0, refused: 0, lately: [] };
      this.#counts.set(amount, count);
    }
    return count;
  }
}
