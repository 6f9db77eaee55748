import type { Known, Medium, Prices, Tier, TokenPrices } from './model.ts';

/** A price in the config: decimal text, or a number. */
export type WrittenPrice = string | number;

/** US dollars per million tokens, as a config may write them. */
export type WrittenTokenPrices = { readonly [Bucket in keyof TokenPrices]?: WrittenPrice };

/** Those, and the prices of longer prompts. */
export interface WrittenPrices extends WrittenTokenPrices {
  readonly above?: readonly (WrittenTokenPrices & { readonly tokens: number })[];
}

/** What a config says of a model. */
export interface WrittenModel {
  readonly contextWindow?: number;
  readonly maxOutputTokens?: number;
  readonly reads?: readonly Medium[];
  readonly writes?: readonly Medium[];
  readonly tools?: boolean;
  readonly reasoning?: boolean;
  readonly prices?: WrittenPrices;
  readonly tiers?: Readonly<Record<string, WrittenPrices | { readonly times: WrittenPrice }>>;
  readonly regions?: Readonly<Record<string, WrittenPrice>>;
  readonly calls?: Readonly<Record<string, WrittenPrice>>;
  readonly requests?: WrittenPrice;
}

/** By whose list a provider is billed. */
export interface WrittenBilling {
  /** `none`: by no list. */
  readonly list?: string;
  readonly times?: WrittenPrice;
}

/** Options of the plugin `catalogue`. */
export interface CatalogueOptions {
  readonly models: Readonly<Record<string, WrittenModel>>;
  readonly providers: Readonly<Record<string, WrittenBilling>>;
}

/** A price as decimal text. A number has its nearest decimal of nine places. */
export function priceText(price: WrittenPrice): string {
  return typeof price === 'number' ? price.toFixed(9).replace(/\.?0+$/, '') : price;
}

/** What a config says, in the words of a list. */
export function knownOf({ prices, tiers, regions, calls, requests, ...rest }: WrittenModel): Known {
  return {
    ...rest,
    ...(prices !== undefined && { prices: pricesOf(prices) }),
    ...(tiers !== undefined && { tiers: mapped(tiers, tierOf, (name) => name.toLowerCase()) }),
    ...(regions !== undefined && { regions: mapped(regions, priceText, (name) => name.toLowerCase()) }),
    ...(calls !== undefined && { calls: mapped(calls, priceText) }),
    ...(requests !== undefined && { requests: priceText(requests) }),
  };
}

function tierOf(tier: WrittenPrices | { readonly times: WrittenPrice }): Tier {
  return 'times' in tier ? { times: priceText(tier.times) } : pricesOf(tier);
}

function pricesOf({ above, ...prices }: WrittenPrices): Prices {
  return {
    ...mapped(prices, priceText),
    ...(above !== undefined && { above: above.map(({ tokens, ...long }) => ({ tokens, ...mapped(long, priceText) })) }),
  };
}

function mapped<From, To>(
  from: Readonly<Record<string, From>>,
  read: (value: From) => To,
  rename: (name: string) => string = (name) => name,
): Record<string, To> {
  return Object.fromEntries(Object.entries(from).map(([name, value]) => [rename(name), read(value)]));
}
