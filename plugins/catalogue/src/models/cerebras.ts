import type { Vendor } from '../model.ts';

const litellm = {
  source: 'https://github.com/BerriAI/litellm/blob/main/model_prices_and_context_window.json',
  asOf: '2026-07-24',
};

/** Cerebras. */
export const cerebras: Vendor = {
  name: 'cerebras',
  models: [
    {
      name: 'gpt-oss-120b',
      contextWindow: 131_072,
      reads: ['text'],
      writes: ['text'],
      tools: true,
      reasoning: true,
      prices: { input: '0.35', output: '0.75' },
      ...litellm,
    },
    {
      name: 'llama-3.3-70b',
      contextWindow: 128_000,
      tools: true,
      prices: { input: '0.85', output: '1.2' },
      ...litellm,
    },
    { name: 'llama3.1-70b', contextWindow: 128_000, tools: true, prices: { input: '0.6', output: '0.6' }, ...litellm },
    { name: 'llama3.1-8b', contextWindow: 128_000, tools: true, prices: { input: '0.1', output: '0.1' }, ...litellm },
    {
      name: 'qwen-3-32b',
      contextWindow: 128_000,
      tools: true,
      reasoning: true,
      prices: { input: '0.4', output: '0.8' },
      ...litellm,
    },
    {
      name: 'zai-glm-4.6',
      contextWindow: 128_000,
      tools: true,
      reasoning: true,
      prices: { input: '2.25', output: '2.75' },
      ...litellm,
    },
    {
      name: 'zai-glm-4.7',
      contextWindow: 131_072,
      reads: ['text'],
      writes: ['text'],
      tools: true,
      reasoning: true,
      prices: { input: '2.25', output: '2.75' },
      ...litellm,
    },
  ],
};
