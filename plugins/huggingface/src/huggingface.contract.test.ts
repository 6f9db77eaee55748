import { test } from 'node:test';
import { pluginContract, providerContract } from '@tapgate/test-kit';
import { huggingface } from './huggingface.ts';

// What the machine's owner has set must not decide these tests.
delete process.env['HF_TOKEN'];

const apiKey = 'the-key-of-huggingface';

for (const place of ['router', 'endpoint']) {
  providerContract(test, {
    name: `huggingface at its ${place}`,
    create: (origin) => ({
      provider: 'huggingface',
      plugins: [
        [huggingface, { baseUrl: `${origin}/v1`, apiKey, place, dialects: ['openai-chat', 'openai-responses'] }],
      ],
    }),
    credential: { header: 'authorization', value: `Bearer ${apiKey}` },
    secrets: [apiKey],
    dialects: ['openai-chat', 'openai-responses'],
  });
}

pluginContract(test, {
  plugin: huggingface,
  options: { apiKey },
  badOptions: [
    { apiKey: 3 },
    { address: 'http://127.0.0.1' },
    { engine: 'steam' },
    { billTo: 'acme\r\nx: y' },
    { place: 'hub' },
  ],
  module: import.meta.resolve('./index.ts'),
});
