import { test } from 'node:test';
import { pluginContract, providerContract, sseText, validateError, validateSse, type Wire } from '@tapgate/test-kit';
import { cohere } from './cohere.ts';

// What the machine's owner has set must not decide these tests.
delete process.env['CO_API_KEY'];

pluginContract(test, {
  plugin: cohere,
  options: { apiKey: 'cohere-secret' },
  badOptions: [{ apiKey: '' }, { baseUrl: 1 }, { timeouts: { idleMs: -1 } }],
  module: new URL('cohere.ts', import.meta.url).href,
});

const text = 'Grüße 🙂';
const usage = { billed_units: { input_tokens: 5, output_tokens: 3 }, tokens: { input_tokens: 5, output_tokens: 3 } };
const event = (type: string, more: object): { event: string; data: object } => ({
  event: type,
  data: { type, ...more },
});
const content = (more: object): object => ({ index: 0, delta: { message: { content: more } } });

/** The dialect on both sides of the gateway. */
const chat: Wire = {
  dialect: 'cohere-chat',
  question: ({ model, streamed }) => ({
    path: '/v2/chat',
    body: { model, stream: streamed, messages: [{ role: 'user', content: 'Hello' }] },
  }),
  endOfPath: () => '/v2/chat',
  wishIn: (request) => {
    const { model, stream } = request.json() as { model: string; stream?: boolean };
    return { model, streamed: stream === true };
  },
  text,
  whole: Buffer.from(
    JSON.stringify({
      id: 'i',
      finish_reason: 'COMPLETE',
      message: { role: 'assistant', content: [{ type: 'text', text }] },
      usage,
    }),
  ),
  streamed: Buffer.from(
    sseText([
      event('message-start', { id: 'i', delta: { message: { role: 'assistant', content: [] } } }),
      event('content-start', content({ type: 'text', text: '' })),
      event('content-delta', content({ text })),
      event('content-end', { index: 0 }),
      event('message-end', { delta: { finish_reason: 'COMPLETE', usage } }),
    ]),
  ),
  error: (_status, message) => ({ id: 'i', message }),
  faultsOfError: (status, body) => validateError('cohere-chat', status, body),
  faultsOfStream: (bytes, { ended }) => [
    ...validateSse(bytes),
    ...(ended === 'error' && !String(bytes).includes('"finish_reason":"ERROR"')
      ? ['It does not say that it failed.']
      : []),
  ],
};

providerContract(test, {
  name: 'cohere',
  create: (origin) => ({ provider: 'cohere', plugins: [[cohere, { baseUrl: origin, apiKey: 'cohere-secret' }]] }),
  credential: { header: 'authorization', value: 'Bearer cohere-secret' },
  secrets: ['cohere-secret'],
  dialects: [chat],
});
