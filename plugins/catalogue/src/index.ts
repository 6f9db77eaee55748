import { definePlugin, type Exchange, type Gateway, jsonReply, type Plugin, stage } from '@tapgate/core';
import type { ModelCatalogue } from './catalogue.ts';
import { catalogueOf } from './catalogue-of.ts';
import type { CatalogueOptions } from './options.ts';
import { schema } from './schema.ts';
import { Unpriced } from './unpriced.ts';

export { commands } from './models-command.ts';
export type { Known, Medium, Model, Prices, Tier, TokenPrices, Vendor } from './model.ts';
export { vendors } from './models/index.ts';
export type { CatalogueOptions } from './options.ts';

declare module '@tapgate/core' {
  interface PluginOptions {
    catalogue: Partial<CatalogueOptions>;
  }
}

/** What each model can do and costs. */
const catalogue: Plugin<CatalogueOptions> = definePlugin<CatalogueOptions>({
  name: 'catalogue',
  apiVersion: 1,
  schema,
  apply(gateway, options) {
    const prices = catalogueOf(gateway, options);
    const unpriced = gateway.share('catalogue:unpriced', () => new Unpriced());
    gateway.provide('catalogue', prices);
    gateway.route('GET', '/catalogue/unpriced', () => jsonReply(200, { unpriced: unpriced.counts() }), { admin: true });
    gateway.hooks.afterResponse.tap({ name: 'catalogue', stage: stage.settle }, ({ costNanos }, exchange) => {
      if (costNanos === null) tellUnpriced(gateway, prices, unpriced, exchange);
    });
    return { ready: () => tellStrangers(gateway, options) };
  },
});

export default catalogue;

/** Counts each answer without a cost, says why on the exchange, and logs it once for each model and reason. */
function tellUnpriced(gateway: Gateway, prices: ModelCatalogue, unpriced: Unpriced, exchange: Exchange): void {
  const { operation, attempts } = exchange;
  for (const { target, usage, costNanos, modelAnswered, startedAt } of attempts) {
    if (costNanos !== null) continue;
    const told = modelAnswered === undefined ? {} : { modelAnswered };
    const cost = prices.price(target, usage, { operation, at: startedAt, ...told });
    if ('nanos' in cost) continue;
    exchange.note(`its cost is not known: ${cost.unknown}`, target);
    if (unpriced.count(target, cost.unknown))
      gateway.log.warn(
        { provider: target.provider, upstreamModel: target.model.slice(0, 200), reason: cost.unknown },
        'no cost',
      );
  }
}

/** A price for a provider that is not there is most likely meant for one that is. */
function tellStrangers(gateway: Gateway, { models, providers }: CatalogueOptions): void {
  const named = new Set([...Object.keys(models).map((name) => name.split('/', 1)[0] ?? ''), ...Object.keys(providers)]);
  for (const provider of named)
    if (gateway.vendorOf(provider) === undefined)
      gateway.log.warn({ provider }, 'the catalogue has options for a provider that the config does not have');
}
