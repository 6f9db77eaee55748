import type { Vendor } from '../model.ts';

const page = { source: 'https://api-docs.deepseek.com/quick_start/pricing', asOf: '2026-11-15' };

const litellm = {
  source: 'https://github.com/BerriAI/litellm/blob/main/model_prices_and_context_window.json',
  asOf: '2026-07-24',
};

const weekdays = [1, 2, 3, 4, 5];

/** DeepSeek, whose peak hours cost twice as much. On Chinese public holidays they do not, which is not known here. */
export const deepseek: Vendor = {
  name: 'deepseek',
  models: [
    {
      name: 'deepseek-chat',
      contextWindow: 131_072,
      reads: ['text'],
      writes: ['text'],
      tools: true,
      reasoning: false,
      prices: { input: '0.28', output: '0.42', cacheRead: '0.028' },
      ...litellm,
    },
    {
      name: 'deepseek-flash',
      also: ['deepseek-v4-flash', 'deepseek-v4-flash-vision-exp'],
      contextWindow: 1_000_000,
      maxOutputTokens: 384_000,
      reads: ['text', 'image'],
      writes: ['text'],
      tools: true,
      reasoning: true,
      prices: { input: '0.15', output: '0.6', cacheRead: '0.003' },
      hours: [
        { days: weekdays, from: 1, until: 4, prices: { input: '0.3', output: '1.2', cacheRead: '0.006' } },
        { days: weekdays, from: 6, until: 10, prices: { input: '0.3', output: '1.2', cacheRead: '0.006' } },
      ],
      ...page,
    },
    {
      name: 'deepseek-reasoner',
      contextWindow: 131_072,
      reads: ['text'],
      writes: ['text'],
      tools: true,
      reasoning: true,
      prices: { input: '0.28', output: '0.42', cacheRead: '0.028' },
      ...litellm,
    },
    {
      name: 'deepseek-v4-pro',
      contextWindow: 1_000_000,
      maxOutputTokens: 384_000,
      reads: ['text'],
      writes: ['text'],
      tools: true,
      reasoning: true,
      prices: { input: '0.66', output: '1.98', cacheRead: '0.022' },
      hours: [
        { days: weekdays, from: 1, until: 4, prices: { input: '1.32', output: '3.96', cacheRead: '0.044' } },
        { days: weekdays, from: 6, until: 10, prices: { input: '1.32', output: '3.96', cacheRead: '0.044' } },
      ],
      ...page,
    },
  ],
};
