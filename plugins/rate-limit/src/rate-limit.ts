import {
  definePlugin,
  type Exchange,
  type Gateway,
  jsonReply,
  MemoryStore,
  type Plugin,
  type Settlement,
  stage,
} from '@tapgate/core';
import { BoundedStore } from './bounded-store.ts';
import { CallerLimits } from './caller-limits.ts';
import { ClientValues } from './client-values.ts';
import { House } from './house.ts';
import { Learned } from './learned.ts';
import { limitsOf } from './limit.ts';
import { type RateLimitOptions, schema } from './options.ts';
import { Prices } from './prices.ts';
import { ProviderLimits } from './provider-limits.ts';
import { Tally } from './tally.ts';

declare module '@tapgate/core' {
  interface PluginOptions {
    'rate-limit': Partial<RateLimitOptions>;
  }
}

const name = 'rate-limit';

/** What the instances of a gateway have decided, for the one endpoint that shows it. */
const tallies = new WeakMap<Gateway, Tally[]>();

/** Limits requests, tokens, cost and concurrency, by reserving before and settling after. */
export const rateLimit: Plugin<RateLimitOptions> = definePlugin<RateLimitOptions>({
  name,
  apiVersion: 1,
  schema,
  apply(gateway, options, { id }) {
    const limits = limitsOf(options.limits, id, options.shadow);
    const house = houseOf(gateway, options, id);
    const learned = options.learn ? gateway.share('rate-limit:learned', () => new Learned()) : undefined;
    limitCallers(
      gateway,
      new CallerLimits(
        house,
        limits.filter(({ ofAttempt }) => !ofAttempt),
      ),
    );
    const ofProviders = limits.filter(({ ofAttempt }) => ofAttempt);
    if (learned !== undefined || ofProviders.length > 0) {
      const wrap = new ProviderLimits(house, ofProviders, learned);
      gateway.wrap({ name, stage: stage.limit }, (provider) => wrap.around(provider));
    }
    show(gateway, house.tally, learned);
  },
});

function houseOf(gateway: Gateway, options: RateLimitOptions, id: string): House {
  return new House({
    id,
    gateway,
    options,
    stores: {
      shared: new BoundedStore(gateway, options.storeTimeoutMs),
      own: gateway.share('rate-limit:own-store', () => new MemoryStore()),
    },
    values: new ClientValues(options.maxClientValues),
    prices: new Prices(gateway, options.unknownPrice),
    tally: new Tally(id),
  });
}

function limitCallers(gateway: Gateway, limits: CallerLimits): void {
  const { beforeRoute, afterResponse } = gateway.hooks;
  // A tap may give a promise, whatever it is called; most of the time these have none to give.
  const take = (exchange: Exchange): unknown => limits.take(exchange);
  const settle = (settlement: Settlement, exchange: Exchange): unknown => limits.settle(settlement, exchange);
  beforeRoute.tap({ name, stage: stage.limit }, take as () => void);
  afterResponse.tap({ name, stage: stage.settle }, settle);
}

function show(gateway: Gateway, tally: Tally, learned: Learned | undefined): void {
  const known = tallies.get(gateway);
  if (known !== undefined) {
    known.push(tally);
    return;
  }
  const all = [tally];
  tallies.set(gateway, all);
  const answer = (): ReturnType<typeof jsonReply> =>
    jsonReply(200, { limits: all.flatMap((one) => one.standings()), providers: learned?.standings() ?? [] });
  gateway.route('GET', '/rate-limit/limits', answer, { admin: true });
}
