import type { Exchange, Gateway } from '@tapgate/core';
import type { Asked } from './asked.ts';
import { Expectation } from './expectation.ts';
import { Hold, type Stores } from './hold.ts';
import type { RateLimitOptions } from './options.ts';
import type { Prices } from './prices.ts';
import type { Tally } from './tally.ts';

/** How long a reservation of requests alone may still come to nothing, milliseconds. */
const rememberedMs = 60_000;

/** What all parts of one instance share. */
export class House {
  readonly id: string;
  readonly gateway: Gateway;
  readonly options: RateLimitOptions;
  readonly stores: Stores;
  readonly prices: Prices;
  readonly tally: Tally;
  readonly #instances: readonly unknown[];

  constructor(
    parts: Pick<House, 'id' | 'gateway' | 'options' | 'stores' | 'prices' | 'tally'>,
    instances: readonly unknown[],
  ) {
    this.id = parts.id;
    this.gateway = parts.gateway;
    this.options = parts.options;
    this.stores = parts.stores;
    this.prices = parts.prices;
    this.tally = parts.tally;
    this.#instances = instances;
  }

  /** The gateway has no other instance of this plugin. */
  get alone(): boolean {
    return this.#instances.length === 1;
  }

  /** What an exchange may use. */
  expect(exchange: Exchange): Expectation {
    return new Expectation(exchange, this.gateway, this.options, this.prices);
  }

  /** A reservation of an exchange. */
  hold(id: string, asked: readonly Asked[], deadline: number): Hold {
    // What no other instance can make idle is what it is, and need not be remembered.
    return this.#hold(id, asked, { deadline, plainMs: this.alone ? 0 : rememberedMs });
  }

  /** A reservation of an attempt, which may come to nothing before its provider is asked. */
  holdAttempt(id: string, asked: readonly Asked[], deadline: number): Hold {
    return this.#hold(id, asked, { deadline, plainMs: rememberedMs });
  }

  #hold(id: string, asked: readonly Asked[], leases: ConstructorParameters<typeof Hold>[3]): Hold {
    return new Hold(this.stores, `rate-limit:${this.id}:${id}`, asked, leases);
  }

  /** What was held is free: who waits for it may try. */
  freed(hold: Hold): void {
    if (hold.freed.length === 0) return;
    const queue = this.gateway.service('queue');
    if (queue !== undefined) for (const key of hold.freed) queue.freed(key);
  }
}
