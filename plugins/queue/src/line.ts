import { priorities } from '@tapgate/core';
import { FairTurns, type Keyed } from './fair-turns.ts';

/** Who stands in a line. */
export interface Standing extends Keyed {
  /** Its priority's place among `priorities`; a lower one goes first. */
  readonly rank: number;
  /** The share of its key. */
  readonly weight: number;
}

/** The order of those who wait for one thing: by priority, within a priority in turns among keys, within a key by arrival. */
export class Line<Waiter extends Standing> {
  readonly #ranks: readonly FairTurns<Waiter>[] = priorities.map(() => new FairTurns());

  get size(): number {
    return this.#ranks.reduce((sum, { size }) => sum + size, 0);
  }

  add(waiter: Waiter): void {
    this.#at(waiter).add(waiter, waiter.weight);
  }

  /** It leaves without a turn. */
  remove(waiter: Waiter): void {
    this.#at(waiter).remove(waiter);
  }

  /** It has had its turn. */
  take(waiter: Waiter): void {
    this.#at(waiter).take(waiter);
  }

  next(): Waiter | undefined {
    return this.#ranks.find(({ size }) => size > 0)?.next();
  }

  *order(): Generator<Waiter> {
    for (const rank of this.#ranks) yield* rank.order();
  }

  /** How many go before it, and itself: the first has the place 1. Nothing where it does not stand here. */
  placeOf(waiter: Waiter): number | undefined {
    let place = 0;
    for (const rank of this.#ranks.slice(0, waiter.rank)) place += rank.size;
    for (const other of this.#at(waiter).order()) {
      place += 1;
      if (other === waiter) return place;
    }
    return undefined;
  }

  #at({ rank }: Waiter): FairTurns<Waiter> {
    const turns = this.#ranks[rank];
    if (turns === undefined) throw new RangeError(`There is no rank ${rank}.`);
    return turns;
  }
}
