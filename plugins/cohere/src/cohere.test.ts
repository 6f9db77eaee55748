import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collectBytes, createGateway, type HandleRequest, type LiveGateway, type Settlement } from '@tapgate/core';
import openai from '@tapgate/openai';
import {
  fakeUpstream,
  fixtures,
  fixturesFolder,
  noFixtures,
  readSse,
  replay,
  reply,
  validateChatReply,
  validateChatStream,
} from '@tapgate/test-kit';
import { pino } from 'pino';
import cohere from './index.ts';

// What the machine's owner has set must not decide these tests.
for (const name of Object.keys(process.env)) if (/^(?:CO|OPENAI)_/.test(name)) delete process.env[name];

const skip = fixturesFolder() === undefined ? noFixtures : false;

function gatewayOf(url: string, options: Record<string, unknown> = {}): LiveGateway {
  const models = {
    smart: { targets: [{ provider: 'cohere', model: 'command-a-03-2025' }], unsupported: 'refuse' as const },
    other: { targets: [{ provider: 'openai', model: 'gpt-4o' }], unsupported: 'drop' as const },
  };
  const gateway = createGateway({ models }, { log: pino({ level: 'silent' }) });
  gateway.use(openai, { apiKey: 'sk-operator', baseUrl: `${url}/v1` });
  gateway.use(cohere, { apiKey: 'co-operator', baseUrl: url, ...options });
  return gateway;
}

interface Told {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly bytes: Uint8Array;
  readonly text: string;
  readonly settlement: Settlement;
}

async function tell(gateway: LiveGateway, request: HandleRequest): Promise<Told> {
  const handled = await gateway.handle(request);
  const bytes = await collectBytes(handled.bytes);
  const { status, headers } = handled;
  return { status, headers, bytes, text: Buffer.from(bytes).toString('utf8'), settlement: await handled.settled };
}

const chat = (more: object = {}): HandleRequest => ({
  dialect: 'openai-chat',
  path: '/v1/chat/completions',
  body: Buffer.from(JSON.stringify({ model: 'smart', messages: [{ role: 'user', content: 'Hi' }], ...more })),
});
const native = (path: string, body: object, headers: Record<string, string> = {}): HandleRequest => ({
  dialect: 'cohere-chat',
  path,
  body: Buffer.from(JSON.stringify(body)),
  headers: new Map(Object.entries({ 'content-type': 'application/json', ...headers })),
});
const recorded = (name: string): ReturnType<typeof fixtures>[number] => {
  const [found] = fixtures({ name });
  assert.ok(found);
  return found;
};

test(
  'a client of chat is answered by recorded answers, streamed and whole, and events are asked for',
  { skip },
  async () => {
    await using upstream = await fakeUpstream(replay(recorded('cohere/tool-stream')));
    const gateway = gatewayOf(upstream.url);
    const tools = ['weather', 'cityAttractions'].map((name) => ({ type: 'function', function: { name } }));
    const streamed = await tell(gateway, chat({ stream: true, stream_options: { include_usage: true }, tools }));
    assert.deepEqual(validateChatStream(streamed.bytes), []);
    assert.match(streamed.text, /"finish_reason":"tool_calls"/);
    assert.match(streamed.text, /"reasoning_content":/);
    const sent = await upstream.request(0);
    assert.deepEqual(
      [sent.path, sent.headers.get('authorization'), sent.headers.get('accept')],
      ['/v2/chat', 'Bearer co-operator', 'text/event-stream'],
    );
    upstream.answer(replay(recorded('cohere/tool-turn2-citations')));
    const whole = await tell(gateway, chat());
    assert.deepEqual(validateChatReply(whole.bytes), []);
    assert.deepEqual([whole.settlement.usage.input, whole.settlement.usage.cacheRead], [93, 1440]);
    await gateway.close();
  },
);

test(
  'a client of Cohere’s own gets the very bytes, and its request is its own but for the model',
  { skip },
  async () => {
    const { bytes } = recorded('cohere/text-stream');
    await using upstream = await fakeUpstream(reply.sse(bytes));
    const gateway = gatewayOf(upstream.url);
    const body = { model: 'smart', messages: [{ role: 'user', content: 'Hi' }], stream: true, unknown: 1.0 };
    const told = await tell(gateway, native('/v2/chat', body, { 'x-client-name': 'mine' }));
    assert.deepEqual(Buffer.from(told.bytes), Buffer.from(bytes));
    assert.deepEqual([told.settlement.usage.output, told.settlement.outcome], [10, 'ok']);
    const sent = await upstream.request(0);
    assert.equal(sent.text, JSON.stringify(body).replace('"smart"', '"command-a-03-2025"'));
    assert.equal(sent.headers.get('x-client-name'), 'mine');
    await gateway.close();
  },
);

test('a client of Cohere’s own is answered by another vendor, streamed and whole', async () => {
  const chunk = (delta: object, finish_reason: string | null = null): object => ({
    id: 'c',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'gpt-4o',
    choices: [{ index: 0, delta, finish_reason }],
  });
  const call = { index: 0, id: 'call_1', type: 'function', function: { name: 'look', arguments: '{"a":1}' } };
  await using upstream = await fakeUpstream(
    reply.sse([
      { data: chunk({ role: 'assistant', content: 'Hel' }) },
      { data: chunk({ content: 'lo' }) },
      { data: chunk({ tool_calls: [call] }) },
      { data: chunk({}, 'tool_calls') },
      '[DONE]',
    ]),
  );
  const gateway = gatewayOf(upstream.url);
  const body = { model: 'other', messages: [{ role: 'user', content: 'Hi' }], stream: true };
  const told = await tell(gateway, native('/v2/chat', body));
  const events = readSse(told.bytes).map(({ event, data }) => [event, JSON.parse(data)] as const);
  assert.deepEqual(
    events.map(([name]) => name),
    [
      'message-start',
      'content-start',
      'content-delta',
      'content-delta',
      'content-end',
      'tool-call-start',
      'tool-call-delta',
      'tool-call-end',
      'message-end',
    ],
  );
  assert.equal(events.at(-1)?.[1].delta.finish_reason, 'TOOL_CALL');
  await gateway.close();
});

test('ranks and vectors go through as they are, and their units are counted', { skip }, async () => {
  const rank = recorded('cohere/rerank');
  await using upstream = await fakeUpstream(replay(rank));
  const gateway = gatewayOf(upstream.url);
  const question = { model: 'smart', query: 'q', documents: ['a', 'b'], top_n: 2 };
  const ranked = await tell(gateway, native('/v2/rerank', question));
  assert.deepEqual(Buffer.from(ranked.bytes), Buffer.from(rank.bytes));
  assert.deepEqual(ranked.settlement.usage.calls, { search_units: 1 });
  await tell(gateway, native('/v1/rerank', { ...question, return_documents: true }, { 'x-client-name': 'c' }));
  const nameless = { query: 'q', documents: ['a'] };
  await tell(gateway, native('/v1/rerank', nameless, { 'x-fern-sdk-name': 'cohere' }));
  assert.deepEqual(upstream.requests.at(-1)?.json(), nameless);
  const embedded = { id: 'e', embeddings: { float: [[0.1]] }, meta: { billed_units: { input_tokens: 4 } } };
  upstream.answer(reply.json(200, embedded));
  const vectors = await tell(
    gateway,
    native('/v2/embed', { model: 'smart', texts: ['a'], input_type: 'search_query', embedding_types: ['float'] }),
  );
  assert.deepEqual([JSON.parse(vectors.text), vectors.settlement.usage.input], [embedded, 4]);
  assert.deepEqual(
    upstream.requests.map(({ path }) => path),
    ['/v2/rerank', '/v1/rerank', '/v1/rerank', '/v2/embed'],
  );
  await gateway.close();
});

test(
  'a recorded error keeps its sentence, and a trial key that is used up is no credential of the client’s',
  { skip },
  async () => {
    await using upstream = await fakeUpstream(replay(recorded('cohere/embed-not-found-error')));
    const gateway = gatewayOf(upstream.url);
    const missing = await tell(gateway, native('/v2/embed', { model: 'smart', texts: ['a'] }));
    assert.equal(missing.status, 404);
    assert.match((JSON.parse(missing.text) as { message: string }).message, /model 'nonexistent' not found/);
    for (const [status, message, expected] of [
      [429, 'You are using a Trial key, which is limited to 1000 API calls / month.', 502],
      [429, 'Please wait and try again later', 429],
      [400, 'too many tokens: total number of tokens in the prompt cannot exceed 4081', 400],
      [401, 'invalid api token', 502],
      [498, 'blocked', 498],
    ] as const) {
      upstream.answer(reply.json(status, { id: 'x', message }));
      assert.equal((await tell(gateway, chat())).status, expected, message);
    }
    await gateway.close();
  },
);

test('an answer that ends in a failure is one, before its first content and after it', async () => {
  const start = { type: 'message-start', id: 'i', delta: { message: { role: 'assistant' } } };
  const begun = { type: 'content-start', index: 0, delta: { message: { content: { type: 'text', text: 'Hel' } } } };
  const end = { type: 'message-end', delta: { finish_reason: 'ERROR', error: 'The model broke.' } };
  await using upstream = await fakeUpstream(reply.sse([{ data: start }, { data: end }]));
  const gateway = gatewayOf(upstream.url);
  const early = await tell(gateway, chat({ stream: true }));
  assert.deepEqual([early.status, early.text.includes('The model broke.')], [502, true]);
  upstream.answer(reply.sse([{ data: start }, { data: begun }, { data: end }]));
  const late = await tell(gateway, chat({ stream: true }));
  assert.deepEqual([late.status, late.text.includes('[DONE]')], [200, false]);
  const own = await tell(gateway, native('/v2/chat', { model: 'smart', messages: [], stream: true }));
  assert.match(own.text, /event: message-end\ndata: .*"finish_reason":"ERROR"/);
  assert.equal(own.settlement.outcome, 'upstream-error');
  await gateway.close();
});

test('models are listed in the vendor’s own form to its own clients', async () => {
  await using upstream = await fakeUpstream();
  const gateway = gatewayOf(upstream.url);
  const headers = { 'x-client-name': 'c' };
  const asked = { ...native('/v1/models', {}, headers), method: 'GET', body: Buffer.alloc(0) };
  const list = JSON.parse((await tell(gateway, asked)).text) as { models: { name: string }[] };
  assert.deepEqual(
    list.models.map(({ name }) => name),
    ['smart', 'other'],
  );
  await gateway.close();
});
