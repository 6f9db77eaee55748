import type { Vendor } from '../model.ts';

const litellm = {
  source: 'https://github.com/BerriAI/litellm/blob/main/model_prices_and_context_window.json',
  asOf: '2026-07-24',
};

/** Voyage. */
export const voyage: Vendor = {
  name: 'voyage',
  models: [
    { name: 'rerank-2', contextWindow: 16_000, reads: ['text'], prices: { input: '0.05' }, ...litellm },
    { name: 'rerank-2-lite', contextWindow: 8000, reads: ['text'], prices: { input: '0.02' }, ...litellm },
    { name: 'rerank-2.5', contextWindow: 32_000, reads: ['text'], prices: { input: '0.05' }, ...litellm },
    { name: 'rerank-2.5-lite', contextWindow: 32_000, reads: ['text'], prices: { input: '0.02' }, ...litellm },
    { name: 'voyage-2', contextWindow: 4000, reads: ['text'], prices: { input: '0.1' }, ...litellm },
    { name: 'voyage-3', contextWindow: 32_000, reads: ['text'], prices: { input: '0.06' }, ...litellm },
    { name: 'voyage-3-large', contextWindow: 32_000, reads: ['text'], prices: { input: '0.18' }, ...litellm },
    { name: 'voyage-3-lite', contextWindow: 32_000, reads: ['text'], prices: { input: '0.02' }, ...litellm },
    { name: 'voyage-3.5', contextWindow: 32_000, reads: ['text'], prices: { input: '0.06' }, ...litellm },
    { name: 'voyage-3.5-lite', contextWindow: 32_000, reads: ['text'], prices: { input: '0.02' }, ...litellm },
    { name: 'voyage-code-2', contextWindow: 16_000, reads: ['text'], prices: { input: '0.12' }, ...litellm },
    { name: 'voyage-code-3', contextWindow: 32_000, reads: ['text'], prices: { input: '0.18' }, ...litellm },
    { name: 'voyage-context-3', contextWindow: 120_000, reads: ['text'], prices: { input: '0.18' }, ...litellm },
    { name: 'voyage-finance-2', contextWindow: 32_000, reads: ['text'], prices: { input: '0.12' }, ...litellm },
    { name: 'voyage-large-2', contextWindow: 16_000, reads: ['text'], prices: { input: '0.12' }, ...litellm },
    { name: 'voyage-law-2', contextWindow: 16_000, reads: ['text'], prices: { input: '0.12' }, ...litellm },
    { name: 'voyage-lite-01', contextWindow: 4096, reads: ['text'], prices: { input: '0.1' }, ...litellm },
    { name: 'voyage-lite-02-instruct', contextWindow: 4000, reads: ['text'], prices: { input: '0.1' }, ...litellm },
    { name: 'voyage-multimodal-3', contextWindow: 32_000, reads: ['text'], prices: { input: '0.12' }, ...litellm },
  ],
};
