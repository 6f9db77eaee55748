import type { Exchange, Gateway } from '@tapgate/core';
import type { Asked } from './asked.ts';
import { Expectation } from './expectation.ts';
import { Hold, type Stores } from './hold.ts';
import type { RateLimitOptions } from './options.ts';
import type { Prices } from './prices.ts';
import type { Tally } from './tally.ts';

/** How long a reservation of requests alone may still be made idle by another instance that refuses, milliseconds. */
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

  /** A reservation to be made. */
  hold(id: string, asked: readonly Asked[], deadline: number): Hold {
    // What no other instance can make idle is what it is, and need not be remembered.
    const plainMs = this.alone ? 0 : rememberedMs;
    return new Hold(this.stores, `rate-limit:${this.id}:${id}`, asked, { deadline, plainMs });
  }

  /** What was held is free: who waits for it may try. */
  freed(hold: Hold): void {
    const queue = this.gateway.service('queue');
    if (queue !== undefined && hold.granted) for (const { claim } of hold.asked) queue.freed(claim.key);
  }
}
