import type { TokenPrices } from './model.ts';
import { vendors } from './models/index.ts';

const decimal = {
  anyOf: [
    { type: 'string', pattern: '^\\d{1,9}(\\.\\d{1,9})?$' },
    { type: 'number', minimum: 0, maximum: 999_999_999 },
  ],
};

const price = (description: string): object => ({ ...decimal, description });

const buckets: Readonly<Record<keyof TokenPrices, string>> = {
  input: 'What is read and comes from no cache.',
  output: 'What is written.',
  cacheRead: 'What a cache gives.',
  cacheReadAudio: 'Sound that a cache gives; by default as `cacheRead`.',
  cacheWrite: 'What is written to a cache.',
  cacheWrite1h: 'What is written to one for an hour.',
  reasoning: 'Thinking; by default as `output`.',
  inputAudio: 'Sound that is read; by default as `input`.',
  inputImage: 'Pictures that are read; by default as `input`.',
  outputAudio: 'Sound that is written; by default as `output`.',
  outputImage: 'Pictures that are written; by default as `output`.',
};

const bucketNames = Object.keys(buckets);
const anyBucket = { [`^(${bucketNames.join('|')})$`]: decimal };

const long = {
  type: 'array',
  items: {
    type: 'object',
    properties: { tokens: { type: 'integer', minimum: 1, description: 'The prompt has more tokens than this.' } },
    patternProperties: anyBucket,
    required: ['tokens'],
    additionalProperties: false,
  },
  description: 'All prices of requests with longer prompts: `[{ tokens: 200000, input: "6", output: "22.5" }]`.',
};

const media = (description: string): object => ({
  type: 'array',
  items: { enum: ['text', 'image', 'audio', 'video', 'pdf'] },
  description,
});

const tier = {
  anyOf: [
    {
      type: 'object',
      properties: { times: price('A factor on the usual prices.') },
      required: ['times'],
      additionalProperties: false,
    },
    { type: 'object', properties: { above: long }, patternProperties: anyBucket, additionalProperties: false },
  ],
};

const known = {
  type: 'object',
  properties: {
    contextWindow: { type: 'integer', minimum: 1, description: 'Tokens of prompt and answer together.' },
    maxOutputTokens: { type: 'integer', minimum: 1, description: 'The longest answer.' },
    reads: media('What it takes.'),
    writes: media('What it gives.'),
    tools: { type: 'boolean', description: 'Whether it calls tools.' },
    reasoning: { type: 'boolean', description: 'Whether it can think.' },
    prices: {
      type: 'object',
      properties: {
        ...Object.fromEntries(Object.entries(buckets).map(([name, description]) => [name, price(description)])),
        above: long,
      },
      additionalProperties: false,
      description:
        'US dollars per million tokens, such as `"0.15"`. They replace all prices of the list, its tiers, regions and longer prompts too.',
    },
    tiers: {
      type: 'object',
      additionalProperties: tier,
      description: 'Prices by service tier: `{ flex: { times: "0.5" }, priority: { input: "2", output: "20" } }`.',
    },
    regions: {
      type: 'object',
      additionalProperties: decimal,
      description: 'Factors on all tokens by the region that an answer tells: `{ us: "1.1" }`.',
    },
    calls: {
      type: 'object',
      additionalProperties: decimal,
      description: 'US dollars per thousand calls of a tool of the vendor’s, by its name in the usage.',
    },
    requests: price('US dollars per thousand requests, beside the tokens.'),
  },
  additionalProperties: false,
};

/** The options' schema. */
export const schema: object = {
  type: 'object',
  properties: {
    models: {
      type: 'object',
      propertyNames: { pattern: '^[^/]+/.' },
      additionalProperties: known,
      default: {},
      description: 'What you know better, by provider and model there: `local/llama3.2`.',
    },
    providers: {
      type: 'object',
      additionalProperties: {
        type: 'object',
        properties: {
          list: {
            enum: [...vendors.map(({ name }) => name), 'none'],
            description: 'Whose prices it bills; by default those of its plugin’s name. `none`: no list’s.',
          },
          times: price('A factor on every price of the list, such as a discount: `"0.9"`.'),
        },
        additionalProperties: false,
      },
      default: {},
      description: 'By whose list a provider of your config is billed.',
    },
  },
  additionalProperties: false,
};
