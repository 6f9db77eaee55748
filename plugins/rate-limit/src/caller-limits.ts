import type { Exchange, Settlement } from '@tapgate/core';
import type { What } from './amount.ts';
import { type Asked, askedOf, isPlain } from './asked.ts';
import { checkCeilings } from './ceilings.ts';
import type { Hold } from './hold.ts';
import type { House } from './house.ts';
import type { Limit } from './limit.ts';
import { look } from './look.ts';
import { isCounted } from './operations.ts';
import { tellStandings } from './reply-headers.ts';
import { amountSpent, nothingSpent, type Spent, spentBy } from './spent.ts';
import { type Held, type RateLimitState, stateOf } from './state.ts';
import { takeOrWait } from './take-or-wait.ts';

/** Limits of who asks: reserved before anything is asked of a provider, and settled when all is over. */
export class CallerLimits {
  readonly #house: House;
  readonly #limits: readonly Limit[];
  readonly #hasCeilings: boolean;
  readonly #hasShadows: boolean;

  constructor(house: House, limits: readonly Limit[]) {
    this.#house = house;
    this.#limits = limits;
    this.#hasShadows = limits.some(({ shadow }) => shadow);
    this.#hasCeilings = Object.keys(house.options.ceilings).length > 0;
  }

  /** Nothing to do for most requests that no limit meets: then no promise is made. */
  take(exchange: Exchange): Promise<void> | undefined {
    if (this.#limits.length === 0 && !this.#hasCeilings) return undefined;
    if (!isCounted(exchange.operation)) return undefined;
    const house = this.#house;
    const expected = house.expect(exchange);
    if (this.#hasCeilings) checkCeilings(exchange, expected, house.options);
    if (this.#limits.length === 0) return undefined;
    const asked = askedOf(this.#limits, exchange, undefined, expected);
    if (asked.length === 0) return undefined;
    if (exchange.dry) {
      for (const { limit, claim } of asked) exchange.note(`would reserve ${claim.amount} of "${limit.name}"`);
      return undefined;
    }
    const enforced = this.#hasShadows ? asked.filter(({ limit }) => !limit.shadow) : asked;
    const hold = house.hold(exchange.id, enforced, exchange.deadline);
    const shadows = this.#hasShadows ? this.#shadows(exchange, asked) : none;
    const held = { by: house.id, expected, hold, shadows };
    stateOf(exchange).held.push(held);
    return this.#reserve(exchange, held);
  }

  /** Each by itself: what one would refuse the others count all the same. */
  #shadows(exchange: Exchange, asked: readonly Asked[]): readonly Hold[] {
    const shadows = asked.filter(({ limit }) => limit.shadow);
    return [...Map.groupBy(shadows, ({ limit }) => limit)].map(([limit, of]) =>
      this.#house.hold(`${exchange.id}:${limit.name}`, of, exchange.deadline),
    );
  }

  #reserve(exchange: Exchange, held: Held): Promise<void> | undefined {
    const state = stateOf(exchange);
    const { hold, shadows } = held;
    try {
      const taken = hold.asked.length === 0 ? undefined : takeOrWait(this.#house, hold, exchange);
      if (taken !== undefined || shadows.length > 0) return this.#later(exchange, held, taken);
    } catch (error) {
      state.refused = true;
      throw error;
    }
    this.#tell(exchange, hold, state);
    return undefined;
  }

  async #later(exchange: Exchange, { hold, shadows }: Held, taken: Promise<void> | undefined): Promise<void> {
    const state = stateOf(exchange);
    try {
      await taken;
    } catch (error) {
      state.refused = true;
      throw error;
    }
    for (const shadow of shadows) await look(this.#house, shadow, exchange);
    this.#tell(exchange, hold, state);
  }

  #tell(exchange: Exchange, hold: Hold, state: RateLimitState): void {
    if (!this.#house.options.headers) return;
    state.shares ??= new Map();
    tellStandings(exchange.replyHeaders, exchange.dialect, hold, state.shares);
  }

  settle({ bytesOut }: Settlement, exchange: Exchange): Promise<unknown> | undefined {
    const state = exchange.state.rateLimit;
    const held = state?.held.find(({ by }) => by === this.#house.id);
    if (state === undefined || held === undefined) return undefined;
    const forNothing = state.refused && exchange.attempts.length === 0;
    let spent: Spent | undefined;
    const amountOf = (what: What): bigint => {
      if (forNothing) return 0n;
      if (isPlain(what)) return 1n;
      spent ??= this.#sum(exchange, held, state.unmade, bytesOut);
      return amountSpent(what, spent);
    };
    const settled = [held.hold, ...held.shadows].flatMap((one) => one.settle(amountOf) ?? []);
    const free = (): void => this.#house.freed(held.hold);
    if (settled.length > 0) return Promise.all(settled).then(free);
    free();
    return undefined;
  }

  /** All attempts together: a hedge's loser and an answer that broke off were paid for too. */
  #sum(exchange: Exchange, { expected }: Held, unmade: ReadonlySet<number> | undefined, bytesOut: number): Spent {
    return exchange.attempts
      .filter(({ number }) => unmade?.has(number) !== true)
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
