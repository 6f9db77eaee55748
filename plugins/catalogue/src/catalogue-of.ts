import type { Gateway } from '@tapgate/core';
import { type Billing, ModelCatalogue } from './catalogue.ts';
import { vendors } from './models/index.ts';
import { type CatalogueOptions, knownOf, priceText } from './options.ts';
import { PriceList } from './price-list.ts';

const lists: ReadonlyMap<string, PriceList> = new Map(vendors.map((vendor) => [vendor.name, new PriceList(vendor)]));

/** The catalogue of a gateway, by its options. */
export function catalogueOf(
  gateway: Pick<Gateway, 'vendorOf'>,
  { models, providers }: CatalogueOptions,
): ModelCatalogue {
  const billingOf = (provider: string): Billing => {
    const { list = gateway.vendorOf(provider), times } = providers[provider] ?? {};
    return {
      list: list === undefined ? undefined : lists.get(list),
      times: times === undefined ? undefined : priceText(times),
    };
  };
  const configured = new Map(Object.entries(models).map(([name, written]) => [name, knownOf(written)]));
  return new ModelCatalogue({ billing: billingOf, configured });
}
