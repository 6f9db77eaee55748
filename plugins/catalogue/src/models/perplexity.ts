import type { Vendor } from '../model.ts';

const litellm = {
  source: 'https://github.com/BerriAI/litellm/blob/main/model_prices_and_context_window.json',
  asOf: '2026-07-24',
};

/** Perplexity. A request costs by the size of its search, the smallest where none is told. What deep research reads is billed apart and not counted, so that it has no price here; its answers tell it. */
export const perplexity: Vendor = {
  name: 'perplexity',
  models: [
    {
      name: 'sonar',
      contextWindow: 128_000,
      reads: ['text', 'image'],
      writes: ['text'],
      tools: false,
      reasoning: false,
      prices: { input: '1', output: '1' },
      calls: { search_context_low: '0', search_context_medium: '3', search_context_high: '7' },
      requests: '5',
      ...litellm,
    },
    {
      name: 'sonar-deep-research',
      contextWindow: 128_000,
      reads: ['text', 'image'],
      writes: ['text'],
      tools: false,
      reasoning: true,
      ...litellm,
    },
    {
      name: 'sonar-pro',
      contextWindow: 200_000,
      reads: ['text', 'image'],
      writes: ['text'],
      tools: false,
      reasoning: false,
      prices: { input: '3', output: '15' },
      calls: { search_context_low: '0', search_context_medium: '4', search_context_high: '8' },
      requests: '6',
      ...litellm,
    },
    {
      name: 'sonar-reasoning-pro',
      contextWindow: 128_000,
      reads: ['text', 'image'],
      writes: ['text'],
      tools: false,
      reasoning: true,
      prices: { input: '2', output: '8' },
      calls: { search_context_low: '0', search_context_medium: '4', search_context_high: '8' },
      requests: '6',
      ...litellm,
    },
  ],
};
