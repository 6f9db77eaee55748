import { test } from 'node:test';
import { pluginContract, providerContract, validateError, type Wire } from '@tapgate/test-kit';
import { ollama } from './ollama.ts';
import { documentOf, linesOf, streamOf } from './reply/answers.test.ts';

// What the machine's owner has set must not decide these tests.
for (const name of Object.keys(process.env)) if (name.startsWith('OLLAMA_')) delete process.env[name];

pluginContract(test, {
  plugin: ollama,
  options: { apiKey: 'ollama-secret', think: 'high', numCtx: 8192, keepAlive: -1 },
  badOptions: [{ baseUrl: '' }, { baseUrl: 'http://' }, { think: 'much' }, { numCtx: 0 }, { keepAlive: true }],
  module: new URL('ollama.ts', import.meta.url).href,
});

const text = 'Grüße 🙂';
const line = (content: string, more: object): Record<string, unknown> => ({
  model: 'qwen3',
  created_at: '2026-11-02T10:00:00Z',
  message: { role: 'assistant', content },
  ...more,
});
const lines = [
  line(text, { done: false }),
  line('', { done: true, done_reason: 'stop', prompt_eval_count: 5, eval_count: 3 }),
];

/** The dialect on both sides of the gateway. */
const chat: Wire = {
  dialect: 'ollama-chat',
  question: ({ model, streamed }) => ({
    path: '/api/chat',
    body: { model, ...(streamed ? {} : { stream: false }), messages: [{ role: 'user', content: 'Hello' }] },
  }),
  endOfPath: () => '/api/chat',
  wishIn: (request) => {
    const { model, stream } = request.json() as { model: string; stream?: boolean };
    return { model, streamed: stream !== false };
  },
  text,
  whole: Buffer.from(JSON.stringify(documentOf(lines))),
  streamed: streamOf(lines),
  error: (_status, message) => ({ error: message }),
  faultsOfError: (status, body) => validateError('ollama-chat', status, body),
  faultsOfStream: (bytes, { ended }) => {
    const last = linesOf(bytes).at(-1) ?? {};
    return ended === 'error' && !('error' in last) ? ['It does not say that it failed.'] : [];
  },
};

providerContract(test, {
  name: 'ollama',
  create: (origin) => ({ provider: 'ollama', plugins: [[ollama, { baseUrl: origin, apiKey: 'ollama-secret' }]] }),
  credential: { header: 'authorization', value: 'Bearer ollama-secret' },
  secrets: ['ollama-secret'],
  dialects: [chat],
});
