import { billionths } from './amount.ts';
import type { CallPrice, Change, Hours, Known, LongPrompt, Prices, Tier, TokenPrices } from './model.ts';

/** The prices of one token each, in units of 1e-15 US dollars. */
export type TokenRates = { readonly [Bucket in keyof TokenPrices]?: bigint };

/** Rates, and those of longer prompts, the longest first. */
export interface Rates {
  readonly usual: TokenRates;
  readonly above: readonly { readonly tokens: number; readonly rates: TokenRates }[];
}

/** What one call costs, in units of 1e-15 US dollars; `once` where several in one request cost no more. */
export interface CallRate {
  readonly units: bigint;
  readonly once: boolean;
}

/** What a model costs, ready to be multiplied. */
export interface RateCard {
  /** At a time, milliseconds since 1970; nothing where no price is known. */
  ratesAt(time: number): Rates | undefined;
  /** A tier's own rates, or a factor in billionths. */
  readonly tiers: ReadonlyMap<string, Rates | bigint>;
  /** Factors in billionths. */
  readonly regions: ReadonlyMap<string, bigint>;
  readonly calls: ReadonlyMap<string, CallRate>;
  /** Of each request, in units of 1e-15 US dollars. */
  readonly request: bigint;
  /** On everything: the first over the second. */
  readonly factor: readonly [bigint, bigint];
}

const unit = 1_000_000_000n;

/** A thousand calls cost so many billionths of a dollar: one costs a thousand times as many units of 1e-15 dollars. */
const unitsPerCall = 1000n;

/** Reads prices, with a factor on all of them. Throws a `RangeError` for one that is no decimal. */
export function rateCard(known: Known, times = '1'): RateCard {
  return {
    ratesAt: timetable(known),
    tiers: mapOf(known.tiers, tierOf),
    regions: mapOf(known.regions, billionths),
    calls: mapOf(known.calls, callRate),
    request: billionths(known.requests ?? '0') * unitsPerCall,
    factor: [billionths(times) * billionths(known.factor ?? '1'), unit * unit],
  };
}

function timetable({ prices, changes = [], hours = [] }: Known): RateCard['ratesAt'] {
  const usual = prices === undefined ? undefined : ratesOf(prices);
  const later = changes.map(({ from, prices: next }: Change) => ({ from: Date.parse(from), rates: ratesOf(next) }));
  const special = hours.map((one) => ({ ...one, rates: ratesOf(one.prices) }));
  if (later.length + special.length === 0) return () => usual;
  return (time) =>
    special.find((one) => isWithin(one, new Date(time)))?.rates ??
    later.findLast(({ from }) => time >= from)?.rates ??
    usual;
}

function isWithin({ days, from, until }: Hours, date: Date): boolean {
  const hour = date.getUTCHours();
  return days.includes(date.getUTCDay()) && hour >= from && hour < until;
}

function callRate(price: CallPrice): CallRate {
  const once = typeof price !== 'string';
  return { units: billionths(once ? price.perRequest : price) * unitsPerCall, once };
}

function tierOf(tier: Tier): Rates | bigint {
  return 'times' in tier ? billionths(tier.times) : ratesOf(tier);
}

function ratesOf({ above = [], ...prices }: Prices): Rates {
  const long = above.map(({ tokens, ...rest }: LongPrompt) => ({ tokens, rates: tokenRates(rest) }));
  return { usual: tokenRates(prices), above: long.toSorted((one, other) => other.tokens - one.tokens) };
}

/** A million tokens cost so many billionths of a dollar: one costs as many units of 1e-15 dollars. */
function tokenRates(prices: TokenPrices): TokenRates {
  const rates = Object.entries(prices).map(([bucket, price]: [string, string]) => [bucket, billionths(price)]);
  return Object.fromEntries(rates) as TokenRates;
}

function mapOf<From, To>(from: Readonly<Record<string, From>> | undefined, read: (value: From) => To): Map<string, To> {
  return new Map(Object.entries(from ?? {}).map(([name, value]) => [name, read(value)]));
}
