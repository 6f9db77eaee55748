import {
  definePlugin,
  type Exchange,
  type Gateway,
  jsonReply,
  MemoryStore,
  type Plugin,
  type Reply,
  type Settlement,
  stage,
} from '@tapgate/core';
import { BoundedStore } from './bounded-store.ts';
import { CallerLimits } from './caller-limits.ts';
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

/** What the instances of one gateway share. */
interface Siblings {
  readonly tallies: Tally[];
  /** Of several that learn, one does. */
  learned: Learned | undefined;
}

const siblings = new WeakMap<Gateway, Siblings>();

/** Limits requests, tokens, cost and concurrency, by reserving before and settling after. */
export const rateLimit: Plugin<RateLimitOptions> = definePlugin<RateLimitOptions>({
  name,
  apiVersion: 1,
  needsSharedStore: true,
  schema,
  apply(gateway, options, { id }) {
    const limits = limitsOf(options, id);
    const of = siblingsOf(gateway);
    const learned = options.learn && of.learned === undefined ? learning(gateway, of) : undefined;
    const house = houseOf(gateway, options, id, of);
    limitCallers(
      gateway,
      new CallerLimits(
        house,
        limits.filter(({ ofAttempt }) => !ofAttempt),
      ),
    );
    const ofProviders = limits.filter(({ ofAttempt }) => ofAttempt);
    if (learned === undefined && ofProviders.length === 0) return;
    const wrap = new ProviderLimits(house, ofProviders, learned);
    gateway.wrap({ name, stage: stage.limit }, (provider) => wrap.around(provider));
  },
});

function houseOf(gateway: Gateway, options: RateLimitOptions, id: string, { tallies }: Siblings): House {
  const tally = new Tally(id);
  tallies.push(tally);
  const stores = {
    shared: new BoundedStore(gateway, options.storeTimeoutMs),
    own: gateway.share('rate-limit:own-store', () => new MemoryStore()),
  };
  const prices = new Prices(gateway, options.unknownPrice);
  return new House({ id, gateway, options, stores, prices, tally }, tallies);
}

function learning(gateway: Gateway, of: Siblings): Learned {
  of.learned = gateway.share('rate-limit:learned', () => new Learned());
  return of.learned;
}

/** The first instance of a gateway brings the endpoint that shows all of them. */
function siblingsOf(gateway: Gateway): Siblings {
  const known = siblings.get(gateway);
  if (known !== undefined) return known;
  const fresh: Siblings = { tallies: [], learned: undefined };
  siblings.set(gateway, fresh);
  const answer = (): Reply =>
    jsonReply(200, {
      limits: fresh.tallies.flatMap((tally) => tally.standings()),
      providers: fresh.learned?.standings() ?? [],
    });
  gateway.route('GET', '/rate-limit/limits', answer, { admin: true });
  return fresh;
}

function limitCallers(gateway: Gateway, limits: CallerLimits): void {
  const { beforeRoute, afterResponse } = gateway.hooks;
  // A tap may give a promise, whatever it is called; most of the time these have none to give.
  const take = (exchange: Exchange): unknown => limits.take(exchange);
  const settle = (settlement: Settlement, exchange: Exchange): unknown => limits.settle(settlement, exchange);
  beforeRoute.tap({ name, stage: stage.limit }, take as () => void);
  afterResponse.tap({ name, stage: stage.settle }, settle);
}
