import type { Exchange, Gateway } from '@tapgate/core';
import type { Asked } from './asked.ts';
import type { ClientValues } from './client-values.ts';
import { Expectation } from './expectation.ts';
import { Hold, type Stores } from './hold.ts';
import type { RateLimitOptions } from './options.ts';
import type { Prices } from './prices.ts';
import type { Tally } from './tally.ts';

/** What all parts of one instance share. */
export class House {
  readonly id: string;
  readonly gateway: Gateway;
  readonly options: RateLimitOptions;
  readonly stores: Stores;
  readonly values: ClientValues;
  readonly prices: Prices;
  readonly tally: Tally;

  constructor(parts: Pick<House, 'id' | 'gateway' | 'options' | 'stores' | 'values' | 'prices' | 'tally'>) {
    this.id = parts.id;
    this.gateway = parts.gateway;
    this.options = parts.options;
    this.stores = parts.stores;
    this.values = parts.values;
    this.prices = parts.prices;
    this.tally = parts.tally;
  }

  /** What an exchange may use. */
  expect(exchange: Exchange): Expectation {
    return new Expectation(exchange, this.gateway, this.options, this.prices);
  }

  /** A reservation to be made. */
  hold(id: string, asked: readonly Asked[], deadline: number): Hold {
    return new Hold(this.stores, `rate-limit:${this.id}:${id}`, asked, deadline);
  }

  /** What was held is free: who waits for it may try. */
  freed(hold: Hold): void {
    const queue = this.gateway.service('queue');
    if (queue !== undefined && hold.granted) for (const { claim } of hold.asked) queue.freed(claim.key);
  }
}
