import { test } from 'node:test';
import { definePlugin, type Plugin } from '@tapgate/core';
import { openaiChat } from '@tapgate/openai';
import { pluginContract, providerContract } from '@tapgate/test-kit';
import aiSdk from './index.ts';

const clients: Plugin = definePlugin({
  name: 'clients',
  apiVersion: 1,
  schema: { type: 'object', additionalProperties: false },
  apply: (gateway) => gateway.dialect(openaiChat),
});

const settings = { baseURL: 'http://127.0.0.1:9/v1', apiKey: 'tail-secret' };

pluginContract(test, {
  plugin: aiSdk,
  options: { package: '@ai-sdk/openai-compatible', settings },
  badOptions: [
    {},
    { package: '' },
    { package: '@ai-sdk/nobody-has-this' },
    { package: '@ai-sdk/openai-compatible', factory: 'createNothing', settings },
    { package: '@ai-sdk/openai-compatible', origins: ['not an origin'], settings },
    { package: '@ai-sdk/openai-compatible', settings: { ...settings, apiKey: 3 } },
  ],
  module: import.meta.resolve('./index.ts'),
});

providerContract(test, {
  name: 'ai-sdk',
  create: (origin) => ({
    provider: 'tail',
    plugins: [
      [clients],
      [
        aiSdk,
        { package: '@ai-sdk/openai-compatible', settings: { baseURL: `${origin}/v1`, apiKey: 'tail-secret' } },
        { id: 'tail' },
      ],
    ],
  }),
  credential: { header: 'authorization', value: 'Bearer tail-secret' },
  secrets: ['tail-secret'],
  dialects: ['openai-chat'],
});
