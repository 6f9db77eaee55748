/**
 * What an answer cost in tokens, in disjoint buckets, so that a price is a dot product.
 * `input + cacheRead + cacheWrite` is all that was read; `output` is all that was written, and `reasoning` is the part of it that was thought.
 */
export interface Usage {
  /** Input tokens that no cache served or took. */
  readonly input: number;
  readonly cacheRead: number;
  /** All input tokens written to a cache, whatever their time to live. */
  readonly cacheWrite: number;
  /** Those of `cacheWrite` that live for an hour, where the vendor tells them apart. */
  readonly cacheWrite1h?: number;
  readonly output: number;
  /** A part of `output`. */
  readonly reasoning: number;
  /** Parts of input and output that have a price of their own. */
  readonly inputAudio?: number;
  readonly inputImage?: number;
  readonly outputAudio?: number;
  readonly outputImage?: number;
  /** Those of `cacheRead` that are sound, where the vendor tells them apart. */
  readonly cacheReadAudio?: number;
  /** Server-side tool calls that are billed each: searches and the like, by the vendor's own name. */
  readonly calls?: Readonly<Record<string, number>>;
  /** The service tier that was really used, as the vendor spells it. */
  readonly tier?: string;
  /** Where the answer was computed, as the vendor spells it, where its price depends on that. */
  readonly region?: string;
  /** The tokens that the vendor bills, where they are not those that the model read and wrote. */
  readonly billedTokens?: { readonly input: number; readonly output: number };
  /** The vendor's own price of this answer, in units of 1e-9 US dollars, where it tells. */
  readonly billedNanos?: bigint;
  /** True when the gateway counted because the provider did not. */
  readonly estimated: boolean;
  /** The vendor's object as it came. */
  readonly raw?: unknown;
}

/** No tokens at all. */
export const noUsage: Usage = { input: 0, cacheRead: 0, cacheWrite: 0, output: 0, reasoning: 0, estimated: false };

/** The sum of several usages, bucket by bucket. What a sum has no meaning for is left out: a tier, a region, the vendor's own object. */
export function addUsage(one: Usage, other: Usage): Usage {
  const sum: Writable<Usage> = {
    input: one.input + other.input,
    cacheRead: one.cacheRead + other.cacheRead,
    cacheWrite: one.cacheWrite + other.cacheWrite,
    output: one.output + other.output,
    reasoning: one.reasoning + other.reasoning,
    estimated: one.estimated || other.estimated,
  };
  for (const name of parts) {
    const [mine, theirs] = [one[name], other[name]];
    if (mine !== undefined || theirs !== undefined) sum[name] = (mine ?? 0) + (theirs ?? 0);
  }
  if (one.calls !== undefined || other.calls !== undefined) sum.calls = addCalls(one.calls ?? {}, other.calls ?? {});
  return sum;
}

type Writable<Type> = { -readonly [Name in keyof Type]: Type[Name] };

const parts = ['cacheWrite1h', 'cacheReadAudio', 'inputAudio', 'inputImage', 'outputAudio', 'outputImage'] as const;

function addCalls(
  one: Readonly<Record<string, number>>,
  other: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> {
  const sum: Record<string, number> = { ...one };
  for (const [name, count] of Object.entries(other)) sum[name] = (sum[name] ?? 0) + count;
  return sum;
}

/** All tokens that were read, from a cache or not. */
export function inputTotal(usage: Usage): number {
  return usage.input + usage.cacheRead + usage.cacheWrite;
}
