import type { Vendor } from '../model.ts';

const litellm = {
  source: 'https://github.com/BerriAI/litellm/blob/main/model_prices_and_context_window.json',
  asOf: '2026-07-24',
};

/** Alibaba Model Studio, international. */
export const alibaba: Vendor = {
  name: 'alibaba',
  models: [
    {
      name: 'qwen-max',
      contextWindow: 32_768,
      maxOutputTokens: 8192,
      reads: ['text'],
      writes: ['text'],
      tools: true,
      reasoning: false,
      prices: { input: '1.6', output: '6.4' },
      ...litellm,
    },
    {
      name: 'qwen-plus',
      contextWindow: 1_000_000,
      reads: ['text'],
      writes: ['text'],
      tools: true,
      reasoning: true,
      prices: { input: '0.4', output: '1.2' },
      ...litellm,
    },
    {
      name: 'qwen-turbo',
      contextWindow: 1_000_000,
      maxOutputTokens: 16_384,
      reads: ['text'],
      writes: ['text'],
      tools: true,
      reasoning: true,
      prices: { input: '0.05', output: '0.2', reasoning: '0.5' },
      ...litellm,
    },
    {
      name: 'qwen3-max',
      also: ['qwen3-max-2026-01-23', 'qwen3-max-preview'],
      contextWindow: 258_048,
      maxOutputTokens: 65_536,
      reads: ['text'],
      writes: ['text'],
      tools: true,
      prices: {
        input: '1.2',
        output: '6',
        above: [
          { tokens: 32_000, input: '2.4', output: '12' },
          { tokens: 128_000, input: '3', output: '15' },
        ],
      },
      ...litellm,
    },
    {
      name: 'qwq-plus',
      contextWindow: 131_072,
      maxOutputTokens: 8192,
      reads: ['text'],
      writes: ['text'],
      tools: true,
      reasoning: true,
      prices: { input: '0.8', output: '2.4' },
      ...litellm,
    },
  ],
};
