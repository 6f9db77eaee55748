import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import anthropic from '@tapgate/anthropic';
import openai from '@tapgate/openai';
import {
  ask,
  fakeUpstream,
  pluginContract,
  providerContract,
  reply,
  serveGateway,
  sseText,
  validateChatStream,
  validateError,
  validateMessagesStream,
  type Answer,
  type Wire,
} from '@tapgate/test-kit';
import lumen from './index.ts';
import glimmer from './glimmer.ts';

const text = 'Grüße 🙂';
const spent = { read: 9, cached: 4, written: 3, thought: 1 };
const event = (name: string, data: object): { event: string; data: object } => ({ event: name, data });
const begin = event('begin', { id: 'l-1', model: 'lumen-bright' });
const stream = (...events: ReturnType<typeof event>[]): Uint8Array => Buffer.from(sseText([begin, ...events]));
const json = (value: object): Uint8Array => Buffer.from(JSON.stringify(value));

/** Lumen on the provider's side, and one of the languages that clients speak on theirs. */
const wire = (client: Pick<Wire, 'dialect' | 'question' | 'faultsOfStream'>): Wire => ({
  ...client,
  endOfPath: () => '/v1/generate',
  wishIn: (request) => {
    const { model, stream: streamed } = request.json() as { model: string; stream: boolean };
    return { model, streamed };
  },
  text,
  whole: json({ id: 'l-1', model: 'lumen-bright', say: text, ended: 'done', spent }),
  streamed: stream(event('say', { text }), event('end', { ended: 'done', spent })),
  error: (status, message) => ({ fault: { code: status === 401 ? 'key_invalid' : 'other', message } }),
  faultsOfError: (status, body) => validateError(client.dialect, status, body),
});

const messages = [{ role: 'user', content: 'Hello' }];
const clients: readonly Wire[] = [
  wire({
    dialect: 'openai-chat',
    question: ({ model, streamed }) => ({ path: '/v1/chat/completions', body: { model, stream: streamed, messages } }),
    faultsOfStream: (bytes, options) => validateChatStream(bytes, { ...options, written: true }),
  }),
  wire({
    dialect: 'anthropic-messages',
    question: ({ model, streamed }) => ({
      path: '/v1/messages',
      body: { model, stream: streamed, max_tokens: 99, messages },
    }),
    faultsOfStream: validateMessagesStream,
  }),
];

providerContract(test, {
  name: 'lumen',
  create: (origin) => ({
    provider: 'lumen',
    plugins: [[openai], [anthropic], [lumen, { baseUrl: origin, apiKey: 'the-key-of-lumen' }]],
  }),
  credential: { header: 'x-lumen-key', value: 'the-key-of-lumen' },
  secrets: ['the-key-of-lumen'],
  dialects: clients,
});

pluginContract(test, {
  plugin: lumen,
  options: { apiKey: 'the-key-of-lumen' },
  badOptions: [{ apiKey: '' }, { baseUrl: 3 }],
  module: import.meta.resolve('./index.ts'),
});

providerContract(test, {
  name: 'glimmer',
  create: (origin) => ({ provider: 'glimmer', plugins: [[glimmer, { baseUrl: `${origin}/v1`, apiKey: 'g-key' }]] }),
  credential: { header: 'authorization', value: 'Bearer g-key' },
  secrets: ['g-key'],
  dialects: ['openai-chat'],
});

/** What a client of Chat Completions, or of Messages, gets of what Lumen answers. */
async function asked(answer: Answer, body: object, path = '/v1/chat/completions') {
  await using upstream = await fakeUpstream(answer);
  await using served = await serveGateway({
    plugins: [[openai], [anthropic], [lumen, { baseUrl: upstream.url, apiKey: 'the-key-of-lumen' }]],
    models: { smart: ['lumen/lumen-bright'] },
  });
  const got = await ask(served.url + path, { body: { model: 'smart', max_tokens: 99, messages, ...body } });
  const [settled] = served.settled;
  return { ...got, sent: upstream.requests[0]?.json() as any, settlement: settled?.settlement };
}

const called = stream(
  event('say', { text: 'I look.' }),
  event('call', { id: 'c-1', name: 'look' }),
  event('input', { text: '{"at":' }),
  event('input', { text: '1}' }),
  event('end', { ended: 'calls', spent }),
);
const tools = [
  { type: 'function', function: { name: 'look', parameters: { type: 'object', properties: { at: {} } } } },
];

test('a conversation reaches Lumen in its own words', async () => {
  const { sent, status } = await asked(() => reply.bytes(200, clients[0]?.whole ?? (text as never), {}), {
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Look.' },
      {
        role: 'assistant',
        tool_calls: [
          { id: 'c-1', type: 'function', function: { name: 'look', arguments: '{"at":12345678901234567890}' } },
        ],
      },
      { role: 'tool', tool_call_id: 'c-1', content: 'a cat' },
    ],
    tools,
    temperature: 0.5,
    stop: 'END',
  });
  assert.equal(status, 200);
  assert.equal(sent.system, 'Be brief.');
  assert.deepEqual(
    sent.dialog.map(({ who }: any) => who),
    ['user', 'model', 'function'],
  );
  assert.deepEqual(sent.dialog[2].result, { id: 'c-1', said: 'a cat', failed: false });
  assert.deepEqual(sent.functions, [{ name: 'look', about: '', input: tools[0]?.function.parameters }]);
  assert.deepEqual([sent.temperature, sent.limit], [0.5, { tokens: 99, stop: ['END'] }]);
});

test("a streamed call is one in both clients' languages, and usage is told in buckets", async () => {
  const chat = await asked(() => reply.sse(called), { stream: true, tools });
  assert.match(chat.text, /"name":"look"/);
  assert.match(chat.text, /"finish_reason":"tool_calls"/);
  const usage = chat.settlement?.usage;
  assert.deepEqual([usage?.input, usage?.cacheRead, usage?.output, usage?.reasoning], [5, 4, 3, 1]);
  const blocks = await asked(() => reply.sse(called), { stream: true }, '/v1/messages');
  assert.match(blocks.text, /"type":"tool_use"/);
  assert.match(blocks.text, /"stop_reason":"tool_use"/);
});

test('what Lumen cannot do is a 400 before anybody asks, and what it only lacks is told', async () => {
  const refused = await asked(() => reply.json(200, {}), { response_format: { type: 'json_object' } });
  assert.equal(refused.status, 400);
  assert.match(refused.text, /Lumen answers in prose/);
  assert.equal(refused.sent, undefined);
  const hinted = await asked(() => reply.bytes(200, clients[0]?.whole ?? json({})), { seed: 7 });
  assert.equal(hinted.headers.get('x-tapgate-dropped'), 'seed');
});

test("a fault has Lumen's own code and its wait, also in the middle of a stream", async () => {
  const fault = { code: 'too_fast', message: 'Slow down.', wait_ms: 2000 };
  const whole = await asked(() => reply.json(429, { fault }), {});
  assert.equal(whole.status, 429);
  assert.equal(whole.headers.get('retry-after'), '2');
  const long = { fault: { code: 'dialog_too_long', message: 'Too long.' } };
  assert.match((await asked(() => reply.json(400, long), {})).text, /context_length_exceeded/);
  const broken = stream(event('say', { text: 'Half' }), event('fault', { code: 'dimmed', message: 'Too many.' }));
  const cut = await asked(() => reply.sse(broken), { stream: true });
  assert.match(cut.text, /Half.*Too many\./s);
  assert.doesNotMatch(cut.text, /\[DONE\]/);
});

test('the schema beside the manifest is that of the plugin', () => {
  const { $schema, title, ...written } = JSON.parse(readFileSync(new URL('../schema.json', import.meta.url), 'utf8'));
  assert.equal(title, 'tapgate-lumen');
  assert.match($schema, /2020-12/);
  assert.deepEqual(written, lumen.schema);
});
