import { durationPattern } from './duration.ts';
import { moneyPattern } from './money.ts';

/** One limit as the config has it. */
export interface LimitOptions {
  readonly name?: string;
  readonly per: string | readonly string[];
  readonly only: Readonly<Record<string, string | readonly string[]>>;
  readonly window?: string;
  readonly requests?: number;
  readonly tokens?: number;
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  readonly cost?: string;
  readonly concurrent?: number;
  readonly own: Readonly<Record<string, string>>;
  readonly shadow: boolean;
  readonly onStoreFailure: 'closed' | 'open';
}

/** Options of the plugin `rate-limit`. */
export interface RateLimitOptions {
  readonly limits: readonly LimitOptions[];
  readonly ceilings: { readonly inputTokens?: number; readonly outputTokens?: number; readonly choices?: number };
  readonly assumedOutputTokens: number;
  readonly maxReservedOutputTokens?: number;
  readonly unknownPrice: { readonly inputPerMillion: string; readonly outputPerMillion: string };
  readonly shadow: boolean;
  readonly learn: boolean;
  readonly headers: boolean;
  readonly maxClientValues: number;
  readonly storeTimeoutMs: number;
}

const count = (description: string): object => ({ type: 'integer', minimum: 1, description });
const text = { type: 'string', minLength: 1 };
const money = (description: string, value: string): object => ({
  type: 'string',
  pattern: moneyPattern,
  default: value,
  description,
});
const flag = (description: string, value: boolean): object => ({ type: 'boolean', default: value, description });

const counted = ['requests', 'tokens', 'inputTokens', 'outputTokens', 'cost', 'concurrent'];
const needsWindow = Object.fromEntries(
  counted.filter((what) => what !== 'concurrent').map((what) => [what, ['window']]),
);

const limit: object = {
  type: 'object',
  properties: {
    name: {
      type: 'string',
      pattern: '^[\\w.:+ -]{1,100}$',
      description: 'What a refusal calls it; by default made of its parts and its window.',
    },
    per: {
      anyOf: [text, { type: 'array', items: text }],
      default: [],
      description:
        'What is counted apart: any of key, caller, tenant, user, session, address, model, dialect, operation, label:NAME, claim:NAME, header:NAME; provider, target and credential count attempts. Without it all is counted together.',
    },
    only: {
      type: 'object',
      additionalProperties: { anyOf: [text, { type: 'array', items: text, minItems: 1 }] },
      default: {},
      description:
        'Counts only where these parts have one of these values, `*` at the end for the rest: { "label:plan": free }.',
    },
    window: {
      type: 'string',
      pattern: durationPattern,
      description: 'The time that slides: 30s, 1m, 12h, 30d. Needed by all but "concurrent".',
    },
    requests: count('Requests in the window.'),
    tokens: count('Tokens in the window, read and written.'),
    inputTokens: count('Tokens read in the window, those from a cache too.'),
    outputTokens: count('Tokens written in the window, reasoning among them.'),
    cost: { type: 'string', pattern: moneyPattern, description: 'What the window may cost: 5 USD.' },
    concurrent: count('Requests at a time.'),
    own: {
      type: 'object',
      additionalProperties: { type: 'string', pattern: '^(label|claim):.+$' },
      propertyNames: { enum: counted },
      default: {},
      description:
        'Where callers bring an amount of their own, a label or a claim for each: { requests: "label:rpm" }. Those who bring none have the one above.',
    },
    shadow: flag('Counts, tells what it would have refused, and refuses nothing.', false),
    onStoreFailure: {
      type: 'string',
      enum: ['closed', 'open'],
      default: 'closed',
      description:
        'While the store does not answer: closed refuses with 503; open counts in this process alone until it is back.',
    },
  },
  dependentRequired: needsWindow,
  additionalProperties: false,
};

/** JSON Schema of the options, with their defaults. */
export const schema: object = {
  type: 'object',
  properties: {
    limits: {
      type: 'array',
      items: limit,
      default: [],
      description: 'The limits; a request must fit all that meet it.',
    },
    ceilings: {
      type: 'object',
      default: {},
      description: 'What one request may ask for at most; beyond it is a 400.',
      properties: {
        inputTokens: count('Tokens to read, as they are estimated.'),
        outputTokens: count('Tokens to write, in one answer.'),
        choices: count('Answers to one request.'),
      },
      additionalProperties: false,
    },
    assumedOutputTokens: {
      type: 'integer',
      minimum: 1,
      default: 4096,
      description: 'What is reserved for an answer whose client names no maximum.',
    },
    maxReservedOutputTokens: {
      type: 'integer',
      minimum: 1,
      description:
        'The most that is reserved for one answer, whatever maximum the client names; what is really written counts all the same. Without it all is reserved.',
    },
    unknownPrice: {
      type: 'object',
      default: {},
      description: 'What is counted for models whose price nobody knows: never nothing.',
      properties: {
        inputPerMillion: money('For a million tokens read.', '15 USD'),
        outputPerMillion: money('For a million tokens written.', '75 USD'),
      },
      additionalProperties: false,
    },
    shadow: flag('The same as "shadow" at every limit and ceiling.', false),
    learn: flag(
      'Learns each provider’s own limits from its reply headers, and asks it for no more than is left.',
      true,
    ),
    headers: flag('Tells clients in every answer what is left, in the headers of their dialect.', true),
    maxClientValues: {
      type: 'integer',
      minimum: 1,
      default: 10_000,
      description:
        'How many values of what clients choose (user, session, address, model, header:NAME) are counted apart for one caller; further ones share one counter.',
    },
    storeTimeoutMs: {
      type: 'integer',
      minimum: 1,
      default: 50,
      description: 'How long the store may take; after five such failures in a row it is asked once a second.',
    },
  },
  additionalProperties: false,
};
