import test from 'node:test';
import { pluginContract, providerContract } from '@tapgate/test-kit';
import provider from './index.ts';

const apiKey = 'the-key-of-fireworks';

providerContract(test, {
  name: 'fireworks',
  create: (origin) => ({ provider: 'fireworks', plugins: [[provider, { baseUrl: `${origin}/v1`, apiKey }]] }) as never,
  credential: { header: 'authorization', value: `Bearer ${apiKey}` },
  secrets: [apiKey],
  dialects: ['openai-chat'],
});

pluginContract(test, {
  plugin: provider,
  options: { apiKey },
  badOptions: [{ apiKey: 3 }, { address: 'http://127.0.0.1' }],
  module: import.meta.resolve('./index.ts'),
});
