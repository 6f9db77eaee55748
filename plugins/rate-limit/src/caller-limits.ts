import type { Exchange, Settlement } from '@tapgate/core';
import { type Asked, askedOf } from './asked.ts';
import { checkCeilings } from './ceilings.ts';
import { Hold, nothing } from './hold.ts';
import type { House } from './house.ts';
import type { Limit } from './limit.ts';
import { tellStandings } from './reply-headers.ts';
import { amountSpent, nothingSpent, type Spent, spentBy } from './spent.ts';
import { type Held, stateOf } from './state.ts';
import { takeOrWait } from './take-or-wait.ts';

/** Limits of who asks: reserved before anything is asked of a provider, and settled when all is over. */
export class CallerLimits {
  readonly #house: House;
  readonly #limits: readonly Limit[];
  readonly #hasCeilings: boolean;

  constructor(house: House, limits: readonly Limit[]) {
    this.#house = house;
    this.#limits = limits;
    this.#hasCeilings = Object.keys(house.options.ceilings).length > 0;
  }

  /** Nothing to do for most requests that no limit meets: then no promise is made. */
  take(exchange: Exchange): Promise<void> | undefined {
    if (!isCounted(exchange)) return undefined;
    const { house } = { house: this.#house };
    const expected = house.expect(exchange);
    if (this.#hasCeilings) checkCeilings(exchange, expected, house.options);
    if (this.#limits.length === 0) return undefined;
    const asked = askedOf(this.#limits, exchange, undefined, expected, house.values);
    if (asked.length === 0) return undefined;
    if (exchange.dry) {
      for (const { limit, claim } of asked) exchange.note(`would reserve ${claim.amount} of "${limit.name}"`);
      return undefined;
    }
    const hold = house.hold(
      exchange.id,
      asked.filter(({ limit }) => !limit.shadow),
      exchange.deadline,
    );
    const shadows = this.#shadows(exchange, asked);
    const held = { by: house.id, expected, hold, shadows };
    stateOf(exchange).held.push(held);
    return this.#reserve(exchange, held);
  }

  /** Each by itself: what one would refuse the others count all the same. */
  #shadows(exchange: Exchange, asked: readonly Asked[]): readonly Hold[] {
    const shadows = asked.filter(({ limit }) => limit.shadow);
    if (shadows.length === 0) return none;
    return [...Map.groupBy(shadows, ({ limit }) => limit)].map(([limit, of]) =>
      this.#house.hold(`${exchange.id}:${limit.name}`, of, exchange.deadline),
    );
  }

  async #reserve(exchange: Exchange, { hold, shadows }: Held): Promise<void> {
    const state = stateOf(exchange);
    try {
      if (hold.asked.length > 0) await takeOrWait(this.#house, hold, exchange);
    } catch (error) {
      state.refused = true;
      throw error;
    }
    for (const shadow of shadows) await this.#look(shadow, exchange);
    if (this.#house.options.headers) tellStandings(exchange.replyHeaders, exchange.dialect, hold, state.shares);
  }

  /** What would have been refused is noted, and nothing else. */
  async #look(shadow: Hold, exchange: Exchange): Promise<void> {
    const refusal = await shadow.take().catch(() => undefined);
    if (refusal === undefined) {
      if (shadow.granted) this.#house.tally.granted(shadow.asked);
      return;
    }
    const { limit, amount, claim } = refusal.asked;
    this.#house.tally.refused(refusal.asked);
    exchange.note(`shadow: the limit "${limit.name}" would refuse: ${amount.told(claim.limit)}`);
  }

  settle({ bytesOut }: Settlement, exchange: Exchange): Promise<unknown> | undefined {
    const state = exchange.state.rateLimit;
    const held = state?.held.find(({ by }) => by === this.#house.id);
    if (state === undefined || held === undefined) return undefined;
    const forNothing = state.refused && exchange.attempts.length === 0;
    let spent: Spent | undefined;
    const amountOf = forNothing
      ? nothing
      : (what: Parameters<typeof amountSpent>[0]): bigint =>
          amountSpent(what, (spent ??= this.#sum(exchange, held, state.unmade, bytesOut)));
    const settled = [held.hold, ...held.shadows].flatMap((one) => one.settle(amountOf) ?? []);
    if (settled.length === 0) return undefined;
    return Promise.all(settled).then(() => this.#house.freed(held.hold));
  }

  /** All attempts together: a hedge's loser and an answer that broke off were paid for too. */
  #sum(exchange: Exchange, { expected }: Held, unmade: ReadonlySet<number>, bytesOut: number): Spent {
    return exchange.attempts
      .filter(({ number }) => !unmade.has(number))
      .map((record) => spentBy(record, expected, this.#house, record.result === 'won' ? bytesOut : undefined))
      .reduce(
        (sum, one) => ({
          input: sum.input + one.input,
          output: sum.output + one.output,
          costNanos: sum.costNanos + one.costNanos,
        }),
        nothingSpent,
      );
  }
}

const none: readonly Hold[] = [];

/** Lists of models and plugins' own endpoints reach no provider. */
function isCounted({ operation }: Exchange): boolean {
  return operation !== 'models' && !operation.startsWith('own:');
}
