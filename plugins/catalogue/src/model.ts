/** What a model takes or gives. A `pdf` is a document that it reads as one. */
export type Medium = 'text' | 'image' | 'audio' | 'video' | 'pdf';

/** US dollars per million tokens, as decimal text: `'1.25'`. What is absent has no price of its own. */
export interface TokenPrices {
  readonly input?: string;
  readonly output?: string;
  readonly cacheRead?: string;
  /** Sound in a cached prompt, where it costs other than text. */
  readonly cacheReadAudio?: string;
  /** What is written to a cache for minutes, or for whatever time where there is but one. */
  readonly cacheWrite?: string;
  readonly cacheWrite1h?: string;
  /** Thinking, where it costs other than the rest of the output. */
  readonly reasoning?: string;
  readonly inputAudio?: string;
  readonly inputImage?: string;
  readonly outputAudio?: string;
  readonly outputImage?: string;
}

/** Prices of all tokens of a request whose prompt, cached or not, has more than so many. */
export interface LongPrompt extends TokenPrices {
  readonly tokens: number;
}

/** Prices, and those of longer prompts, the shortest first. */
export interface Prices extends TokenPrices {
  readonly above?: readonly LongPrompt[];
}

/** A tier's prices: its own, or the usual ones times a factor. */
export type Tier = Prices | { readonly times: string };

/** Prices from a day on, at 00:00 UTC. */
export interface Change {
  readonly from: string;
  readonly prices: Prices;
}

/** Prices at certain hours, UTC: from one full hour until another, on these days of the week, 0 is Sunday. */
export interface Hours {
  readonly days: readonly number[];
  readonly from: number;
  readonly until: number;
  readonly prices: Prices;
}

/** US dollars per thousand calls of a tool, or per thousand requests in which it was called, however often. */
export type CallPrice = string | { readonly perRequest: string };

/** What is known of a model at a vendor: what it can do, what it costs, who says so. What is absent is not known. */
export interface Known {
  readonly contextWindow?: number;
  readonly maxOutputTokens?: number;
  readonly reads?: readonly Medium[];
  readonly writes?: readonly Medium[];
  readonly tools?: boolean;
  readonly reasoning?: boolean;
  readonly prices?: Prices;
  /** Prices that are announced, the first to come first. */
  readonly changes?: readonly Change[];
  /** Prices that differ by the time of day. */
  readonly hours?: readonly Hours[];
  /** By the tier's name as answers tell it, in lower case. */
  readonly tiers?: Readonly<Record<string, Tier>>;
  /** Factors on all tokens, by the region as answers tell it. */
  readonly regions?: Readonly<Record<string, string>>;
  /** Tools that the vendor runs, by their names in the usage. */
  readonly calls?: Readonly<Record<string, CallPrice>>;
  /** US dollars per thousand requests, beside the tokens. */
  readonly requests?: string;
  /** On all of its prices. */
  readonly factor?: string;
}

/** One row of a list. */
export interface Model extends Known {
  readonly name: string;
  /** Other names of the same thing. */
  readonly also?: readonly string[];
  /** The page that says all this, and the day it was read. */
  readonly source: string;
  readonly asOf: string;
}

/** The models of one vendor, by whose prices its providers are billed. */
export interface Vendor {
  /** As providers name it: the plugin's name, unless they say otherwise. */
  readonly name: string;
  /** Words for a tier that costs what the list says, beside the common ones; an answer without a word is of that tier too. */
  readonly usualTiers?: readonly string[];
  /** Words for a region that costs what the list says. */
  readonly usualRegions?: readonly string[];
  /** Tools that are billed alike for every model of this vendor. */
  readonly calls?: Readonly<Record<string, CallPrice>>;
  /** What may be written otherwise in a name that means the same model, tried one after the other. */
  readonly spellings?: readonly (readonly [what: RegExp, by: string])[];
  readonly models: readonly Model[];
}
