import { test } from 'node:test';
import { pluginContract, providerContract } from '@tapgate/test-kit';
import { openrouter } from './openrouter.ts';

// What the machine's owner has set must not decide these tests.
delete process.env['OPENROUTER_API_KEY'];

const apiKey = 'the-key-of-openrouter';

providerContract(test, {
  name: 'openrouter',
  create: (origin) => ({
    provider: 'openrouter',
    plugins: [[openrouter, { baseUrl: `${origin}/v1`, apiKey, referer: 'https://acme.example', title: 'Acme' }]],
  }),
  credential: { header: 'authorization', value: `Bearer ${apiKey}` },
  secrets: [apiKey],
  dialects: ['openai-chat', 'openai-responses'],
});

pluginContract(test, {
  plugin: openrouter,
  options: { apiKey },
  badOptions: [
    { apiKey: 3 },
    { address: 'http://127.0.0.1' },
    { referer: 'acme' },
    { title: 'a\r\nb: c' },
    { billWithinMs: 60_000 },
  ],
  module: import.meta.resolve('./index.ts'),
});
