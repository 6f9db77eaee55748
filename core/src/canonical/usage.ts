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
  /** Server-side tool calls that are billed each: searches and the like, by the vendor's own name. */
  readonly calls?: Readonly<Record<string, number>>;
  /** The service tier that was really used, as the vendor spells it. */
  readonly tier?: string;
  /** The vendor's own price of this answer, in units of 1e-9 US dollars, where it tells. */
  readonly billedNanos?: bigint;
  /** True when the gateway counted because the provider did not. */
  readonly estimated: boolean;
  /** The vendor's object as it came. */
  readonly raw?: unknown;
}

/** No tokens at all. */
export const noUsage: Usage = { input: 0, cacheRead: 0, cacheWrite: 0, output: 0, reasoning: 0, estimated: false };

/** All tokens that were read, from a cache or not. */
export function inputTotal(usage: Usage): number {
  return usage.input + usage.cacheRead + usage.cacheWrite;
}
