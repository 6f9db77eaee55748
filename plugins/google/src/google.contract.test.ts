import { after, test } from 'node:test';
import { fakeUpstream, pluginContract, providerContract, reply } from '@tapgate/test-kit';
import { google } from './google.ts';

// What the machine's owner has set must not decide these tests.
for (const name of ['GEMINI_API_KEY', 'GOOGLE_APPLICATION_CREDENTIALS']) delete process.env[name];

const tokens = await fakeUpstream(reply.json(200, { access_token: 'access-token-1', expires_in: 3599 }));
after(() => tokens.close());

pluginContract(test, {
  plugin: google,
  options: { apiKey: 'AQ.operator' },
  badOptions: [
    { apiKey: '' },
    { baseUrl: 1 },
    { vertex: {} },
    { vertex: { project: '../other' } },
    { timeouts: { idleMs: -1 } },
  ],
  module: new URL('google.ts', import.meta.url).href,
});

providerContract(test, {
  name: 'google at the Gemini API',
  create: (origin) => ({
    provider: 'google',
    plugins: [[google, { baseUrl: `${origin}/v1beta`, apiKey: 'AQ.operator' }]],
  }),
  credential: { header: 'x-goog-api-key', value: 'AQ.operator' },
  secrets: ['AQ.operator'],
  dialects: ['google-generate'],
});

providerContract(test, {
  name: 'google at Vertex AI',
  create: (origin) => ({
    provider: 'google',
    plugins: [[google, { vertex: { project: 'p', baseUrl: origin, metadataUrl: tokens.url } }]],
  }),
  credential: { header: 'authorization', value: 'Bearer access-token-1' },
  secrets: ['access-token-1'],
  dialects: ['google-generate'],
});
