import { test } from 'node:test';
import { definePlugin } from '@tapgate/core';
import { openaiChat } from '@tapgate/openai';
import { pluginContract, providerContract, validateChatStream, validateError, type Wire } from '@tapgate/test-kit';
import { bedrock } from './bedrock.ts';
import { writeFrame } from './frames/frame.ts';
import { modelInPath } from './model-path.ts';

// What the machine's owner has set must not decide these tests.
for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name];

const keys = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'aws-secret', sessionToken: 'aws-session' };

pluginContract(test, {
  plugin: bedrock,
  options: { ...keys, region: 'eu-west-1' },
  badOptions: [
    { apiKey: '' },
    { region: 'eu west' },
    { anthropic: 'both' },
    { credentials: { a: { accessKeyId: 'x' } } },
    { guardrail: {} },
    { timeouts: { idleMs: -1 } },
  ],
  module: new URL('bedrock.ts', import.meta.url).href,
});

const text = 'Grüße 🙂';
const usage = { inputTokens: 5, outputTokens: 3, totalTokens: 8 };
const message = { role: 'assistant', content: [{ text }] };
/** Line ends in what follows the text, where the contract stops a stream. */
const frame = (name: string, json: object): Uint8Array =>
  writeFrame({
    headers: { ':event-type': name, ':content-type': 'application/json', ':message-type': 'event' },
    payload: Buffer.from(`${JSON.stringify(json)}\n\n`),
  });

/** A client of chat, and Converse behind the gateway. */
const converse: Wire = {
  dialect: 'openai-chat',
  question: ({ model, streamed }) => ({
    path: '/v1/chat/completions',
    body: { model, stream: streamed, messages: [{ role: 'user', content: 'Hello' }] },
  }),
  endOfPath: ({ streamed }) => (streamed ? '/converse-stream' : '/converse'),
  wishIn: ({ path }) => ({ model: modelInPath(path), streamed: path.endsWith('-stream') }),
  text,
  whole: Buffer.from(JSON.stringify({ output: { message }, stopReason: 'end_turn', usage, metrics: { latencyMs: 1 } })),
  streamed: Buffer.concat([
    frame('messageStart', { role: 'assistant' }),
    writeFrame({
      headers: { ':event-type': 'contentBlockDelta', ':message-type': 'event' },
      payload: Buffer.from(JSON.stringify({ contentBlockIndex: 0, delta: { text } })),
    }),
    frame('contentBlockStop', { contentBlockIndex: 0 }),
    frame('messageStop', { stopReason: 'end_turn' }),
    frame('metadata', { usage, metrics: { latencyMs: 1 } }),
  ]),
  error: (_status, said) => ({ message: said }),
  faultsOfError: (status, body) => validateError('openai-chat', status, body),
  faultsOfStream: validateChatStream,
};

const chat = definePlugin({
  name: 'chat',
  apiVersion: 1,
  schema: { type: 'object', properties: {}, additionalProperties: false },
  apply: (gateway) => gateway.dialect(openaiChat),
});

providerContract(test, {
  name: 'bedrock by a signature',
  create: (origin) => ({
    provider: 'bedrock',
    plugins: [
      [chat, {}],
      [bedrock, { ...keys, baseUrl: origin }],
    ],
  }),
  credential: { header: 'authorization', value: /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\// },
  secrets: ['aws-secret', 'aws-session'],
  dialects: [converse],
});

providerContract(test, {
  name: 'bedrock by an API key',
  create: (origin) => ({
    provider: 'bedrock',
    plugins: [
      [chat, {}],
      [bedrock, { apiKey: 'bedrock-key', baseUrl: origin }],
    ],
  }),
  credential: { header: 'authorization', value: 'Bearer bedrock-key' },
  secrets: ['bedrock-key'],
  dialects: [converse],
});
