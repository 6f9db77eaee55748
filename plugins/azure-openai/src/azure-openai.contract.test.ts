import { after, test } from 'node:test';
import { fakeUpstream, pluginContract, providerContract, reply } from '@tapgate/test-kit';
import { azureOpenai } from './azure-openai.ts';

// What the machine's owner has set must not decide these tests.
for (const name of Object.keys(process.env)) if (/^(AZURE|IDENTITY)_/.test(name)) delete process.env[name];

const tokens = await fakeUpstream(reply.json(200, { access_token: 'access-token-1', expires_in: '86399' }));
after(() => tokens.close());

pluginContract(test, {
  plugin: azureOpenai,
  options: { resource: 'mine', apiKey: 'azure-operator' },
  badOptions: [
    { resource: 'mine.example.com/' },
    { apiVersion: '2024' },
    { entra: {} },
    { entra: { by: 'password' } },
    { entra: { by: 'managed-identity', tenantId: '../other' } },
    { dialects: ['anthropic-messages'] },
    { deployments: { mine: { quirks: { nonsense: 1 } } } },
    { timeouts: { idleMs: -1 } },
  ],
  module: new URL('azure-openai.ts', import.meta.url).href,
});

providerContract(test, {
  name: 'azure-openai by its v1 API, with a key',
  create: (origin) => ({
    provider: 'azure-openai',
    plugins: [[azureOpenai, { baseUrl: origin, apiKey: 'azure-operator' }]],
  }),
  credential: { header: 'api-key', value: 'azure-operator' },
  secrets: ['azure-operator'],
  dialects: ['openai-chat', 'openai-responses'],
});

providerContract(test, {
  name: 'azure-openai by a dated API, with an identity',
  create: (origin) => ({
    provider: 'azure-openai',
    plugins: [
      [
        azureOpenai,
        {
          baseUrl: `${origin}/`,
          apiVersion: '2024-10-21',
          entra: { by: 'managed-identity', identityUrl: `${tokens.url}/metadata/identity/oauth2/token` },
        },
      ],
    ],
  }),
  credential: { header: 'authorization', value: 'Bearer access-token-1' },
  secrets: ['access-token-1'],
  dialects: ['openai-chat'],
});
