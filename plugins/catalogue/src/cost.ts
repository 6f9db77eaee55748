import { inputTotal, type Usage } from '@tapgate/core';
import { rounded } from './amount.ts';
import type { RateCard, Rates, TokenRates } from './rates.ts';

/** What an answer cost in units of 1e-9 US dollars, or why nobody can say. */
export type Cost = { readonly nanos: bigint } | { readonly unknown: string };

/** Words that mean the list's own prices. */
export interface UsualWords {
  readonly tiers: ReadonlySet<string>;
  readonly regions: ReadonlySet<string>;
}

const one = 1_000_000_000n;
const unitsPerNano = 1_000_000n;

/**
 * The price of a usage: each bucket times its rate, exactly, and rounded once at the end. A bucket with something in it and
 * no price makes the whole unknown. Parts that have no price of their own are billed with the rest of their side.
 */
export function costOf(usage: Usage, card: RateCard, usual: UsualWords, time: number): Cost {
  const wrong = nonsense(usage);
  if (wrong !== undefined) return { unknown: `its count of "${wrong}" is none` };
  if (isNothing(usage)) return { nanos: 0n };
  // A model that is billed by its calls alone has no price for tokens.
  const rates = card.ratesAt(time) ?? (tokensOf(usage) === 0 && card.calls.size > 0 ? noRates : undefined);
  if (rates === undefined) return { unknown: 'its price is not known' };
  const tier = tierOf(usage, rates, card, usual);
  if ('unknown' in tier) return tier;
  const region = regionOf(usage, card, usual);
  if (region === undefined) return { unknown: `no price is known for the region "${usage.region}"` };
  const { units, missing } = dotProduct(bucketsOf(usage), ratesFor(tier.rates, inputTotal(usage)));
  if (missing !== undefined) return { unknown: `no price is known for ${missing}` };
  const calls = callsOf(usage, card);
  if ('unknown' in calls) return calls;
  const whole = units * tier.factor * region + (calls.units + card.request) * one * one;
  const [times, of] = card.factor;
  return { nanos: rounded(whole * times, unitsPerNano * one * one * of) };
}

const noRates: Rates = { usual: {}, above: [] };

/** Whether nothing was used at all: that costs nothing, whatever the price. */
function isNothing(usage: Usage): boolean {
  return inputTotal(usage) + usage.output === 0 && usage.calls === undefined;
}

/** The tokens that are billed. */
function tokensOf({ billedTokens, ...usage }: Usage): number {
  const { input, output } = billedTokens ?? { input: inputTotal(usage), output: usage.output };
  return input + output;
}

type Buckets = { readonly [Bucket in keyof TokenRates]-?: number };

/** The usage in buckets that share no token. */
function bucketsOf(usage: Usage): Partial<Buckets> {
  const { billedTokens } = usage;
  if (billedTokens !== undefined) return { input: billedTokens.input, output: billedTokens.output };
  const [inputAudio, inputImage] = within(usage.input, usage.inputAudio, usage.inputImage);
  const [reasoning, outputAudio, outputImage] = within(
    usage.output,
    usage.reasoning,
    usage.outputAudio,
    usage.outputImage,
  );
  const [cacheWrite1h] = within(usage.cacheWrite, usage.cacheWrite1h);
  const [cacheReadAudio] = within(usage.cacheRead, usage.cacheReadAudio);
  return {
    input: usage.input - inputAudio - inputImage,
    inputAudio,
    inputImage,
    cacheRead: usage.cacheRead - cacheReadAudio,
    cacheReadAudio,
    cacheWrite: usage.cacheWrite - cacheWrite1h,
    cacheWrite1h,
    output: usage.output - reasoning - outputAudio - outputImage,
    reasoning,
    outputAudio,
    outputImage,
  };
}

/** Parts of a whole, none of them more than is left of it: some vendors count a part that lies elsewhere. */
function within<const Parts extends readonly (number | undefined)[]>(
  whole: number,
  ...parts: Parts
): { readonly [At in keyof Parts]: number } {
  let left = whole;
  return parts.map((part = 0) => {
    const taken = Math.min(part, left);
    left -= taken;
    return taken;
  }) as { readonly [At in keyof Parts]: number };
}

/** Whose price counts for a bucket that has none of its own. An hour in a cache is dearer than minutes: it has none but its own. */
const otherwise: Partial<Record<keyof TokenRates, keyof TokenRates>> = {
  inputAudio: 'input',
  inputImage: 'input',
  cacheReadAudio: 'cacheRead',
  reasoning: 'output',
  outputAudio: 'output',
  outputImage: 'output',
};

const words: Readonly<Record<keyof TokenRates, string>> = {
  input: 'input',
  inputAudio: 'input',
  inputImage: 'input',
  cacheRead: 'input from a cache',
  cacheReadAudio: 'input from a cache',
  cacheWrite: 'input written to a cache',
  cacheWrite1h: 'input written to a cache for an hour',
  output: 'output',
  reasoning: 'output',
  outputAudio: 'output',
  outputImage: 'output',
};

function dotProduct(
  buckets: Partial<Buckets>,
  rates: TokenRates,
): { readonly units: bigint; readonly missing?: string } {
  let units = 0n;
  for (const [name, tokens] of Object.entries(buckets) as [keyof TokenRates, number][]) {
    if (tokens === 0) continue;
    const rate = rates[name] ?? rates[otherwise[name] ?? name];
    if (rate === undefined) return { units, missing: words[name] };
    units += BigInt(tokens) * rate;
  }
  return { units };
}

/** All tokens of a request go by the size of its whole prompt. */
function ratesFor({ usual, above }: Rates, prompt: number): TokenRates {
  return above.find(({ tokens }) => prompt > tokens)?.rates ?? usual;
}

function tierOf(
  { tier }: Usage,
  rates: Rates,
  { tiers }: RateCard,
  usual: UsualWords,
): { readonly rates: Rates; readonly factor: bigint } | { readonly unknown: string } {
  const word = tier?.toLowerCase();
  const own = word === undefined ? undefined : tiers.get(word);
  if (typeof own === 'bigint') return { rates, factor: own };
  if (own !== undefined) return { rates: own, factor: one };
  if (word === undefined || usual.tiers.has(word)) return { rates, factor: one };
  return { unknown: `no price is known for the tier "${tier}"` };
}

/** A vendor that tells regions but asks no other price for any has no factors. */
function regionOf({ region }: Usage, { regions }: RateCard, usual: UsualWords): bigint | undefined {
  if (region === undefined || regions.size === 0) return one;
  const word = region.toLowerCase();
  return regions.get(word) ?? (usual.regions.has(word) ? one : undefined);
}

function callsOf({ calls = {} }: Usage, card: RateCard): { readonly units: bigint } | { readonly unknown: string } {
  let units = 0n;
  for (const [name, count] of Object.entries(calls)) {
    const rate = card.calls.get(name);
    if (rate === undefined) return { unknown: `no price is known for calls of "${name.slice(0, 100)}"` };
    units += (rate.once ? 1n : BigInt(count)) * rate.units;
  }
  return { units };
}

const counts = ['input', 'cacheRead', 'cacheWrite', 'output', 'reasoning'] as const;
const parts = ['cacheWrite1h', 'cacheReadAudio', 'inputAudio', 'inputImage', 'outputAudio', 'outputImage'] as const;

/** The first count that is none: what an upstream says is not to be trusted with arithmetic. */
function nonsense(usage: Usage): string | undefined {
  const { billedTokens, calls } = usage;
  const told = [...counts, ...parts].map((name) => [name, usage[name] ?? 0] as const);
  const billed = billedTokens === undefined ? [] : Object.entries(billedTokens);
  const found = [...told, ...billed, ...Object.entries(calls ?? {})].find(([, count]) => !isCount(count));
  return found?.[0].slice(0, 100);
}

function isCount(count: number): boolean {
  return Number.isSafeInteger(count) && count >= 0;
}
