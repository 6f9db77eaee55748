import type { Vendor } from '../model.ts';

const grok47 = { source: 'https://apidog.com/blog/how-to-use-grok-4-7-api/', asOf: '2026-09-29' };

const served = { source: 'https://github.com/iyulab/TokenMeter/blob/main/CHANGELOG.md', asOf: '2026-09-23' };

const litellm = {
  source: 'https://github.com/BerriAI/litellm/blob/main/model_prices_and_context_window.json',
  asOf: '2026-07-24',
};

const modelsDev = {
  source: 'https://github.com/anomalyco/models.dev/tree/f3fc692299671838c7c65fd8126bf84d81a2e817/providers/xai',
  asOf: '2026-07-02',
};

const genai = {
  source: 'https://github.com/pydantic/genai-prices/blob/main/prices/providers/x_ai.yml',
  asOf: '2025-07-12',
};

/**
 * xAI, which answers for retired models with newer ones and at their price. It tells its price in its answers, and that counts first.
 * Its tools are billed by the call. @see https://docs.x.ai/developers/pricing
 */
export const xai: Vendor = {
  name: 'xai',
  calls: {
    web_search_call: '5',
    web_search_calls: '5',
    x_search_calls: '5',
    code_interpreter_call: '5',
    code_interpreter_calls: '5',
    file_search_call: '2.5',
    file_search_calls: '2.5',
    mcp_calls: '0',
  },
  models: [
    {
      name: 'grok-2-1212',
      also: ['grok-2', 'grok-2-latest'],
      contextWindow: 131_072,
      reads: ['text'],
      writes: ['text'],
      tools: true,
      reasoning: false,
      prices: { input: '2', output: '10' },
      ...genai,
    },
    {
      name: 'grok-4.20-0309-non-reasoning',
      contextWindow: 1_000_000,
      reads: ['text', 'image'],
      writes: ['text'],
      tools: true,
      reasoning: false,
      prices: { input: '1.25', output: '2.5', cacheRead: '0.2' },
      ...modelsDev,
    },
    {
      name: 'grok-4.20-0309-reasoning',
      also: ['grok-4.20'],
      contextWindow: 1_000_000,
      reads: ['text', 'image'],
      writes: ['text'],
      tools: true,
      reasoning: true,
      prices: { input: '1.25', output: '2.5', cacheRead: '0.2' },
      ...modelsDev,
    },
    {
      name: 'grok-4.3',
      also: [
        'grok-4.3-latest',
        'grok-4',
        'grok-4-0709',
        'grok-4-latest',
        'grok-4-fast',
        'grok-4-fast-reasoning',
        'grok-4-fast-non-reasoning',
        'grok-4-1-fast',
        'grok-4-1-fast-reasoning',
        'grok-4-1-fast-non-reasoning',
        'grok-3',
        'grok-3-latest',
        'grok-3-beta',
        'grok-3-fast',
        'grok-3-mini',
        'grok-3-mini-fast',
      ],
      contextWindow: 1_000_000,
      reads: ['text', 'image'],
      writes: ['text'],
      tools: true,
      reasoning: true,
      prices: {
        input: '1.25',
        output: '2.5',
        cacheRead: '0.2',
        above: [{ tokens: 199_999, input: '2.5', output: '5', cacheRead: '0.4' }],
      },
      ...served,
    },
    {
      name: 'grok-4.5',
      also: ['grok-4.5-latest'],
      contextWindow: 500_000,
      reads: ['text', 'image'],
      writes: ['text'],
      tools: true,
      reasoning: true,
      prices: {
        input: '2',
        output: '6',
        cacheRead: '0.5',
        above: [{ tokens: 199_999, input: '4', output: '12', cacheRead: '1' }],
      },
      ...litellm,
    },
    {
      name: 'grok-4.6',
      contextWindow: 500_000,
      reads: ['text', 'image'],
      writes: ['text'],
      tools: true,
      reasoning: true,
      prices: {
        input: '2',
        output: '6',
        cacheRead: '0.5',
        above: [{ tokens: 199_999, input: '4', output: '12', cacheRead: '1' }],
      },
      ...grok47,
    },
    {
      name: 'grok-4.7',
      contextWindow: 500_000,
      reads: ['text', 'image'],
      writes: ['text'],
      tools: true,
      reasoning: true,
      prices: {
        input: '2',
        output: '6',
        cacheRead: '0.5',
        above: [{ tokens: 199_999, input: '4', output: '12', cacheRead: '1' }],
      },
      ...grok47,
    },
    {
      name: 'grok-build-0.1',
      also: ['grok-code-fast', 'grok-code-fast-1'],
      contextWindow: 256_000,
      reads: ['text', 'image'],
      writes: ['text'],
      tools: true,
      reasoning: true,
      prices: { input: '1', output: '2', cacheRead: '0.2' },
      ...served,
    },
  ],
};
