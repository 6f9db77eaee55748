import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anthropic } from '@tapgate/anthropic';
import { collectBytes, createGateway, type HandleRequest, type LiveGateway, type Settlement } from '@tapgate/core';
import openai from '@tapgate/openai';
import { fakeUpstream, reply, validateChatReply, validateChatStream, validateMessagesStream } from '@tapgate/test-kit';
import { pino } from 'pino';
import ollama from './index.ts';
import { answers, documentOf, linesOf, streamOf } from './reply/answers.test.ts';

// What the machine's owner has set must not decide these tests.
for (const name of Object.keys(process.env)) if (/^(?:OLLAMA|OPENAI|ANTHROPIC)_/.test(name)) delete process.env[name];

const lines = (name: string): Buffer => streamOf(answers[name] ?? []);
const ndjson = (bytes: Uint8Array) => reply.sse(bytes, { headers: { 'content-type': 'application/x-ndjson' } });

function gatewayOf(url: string, options: Record<string, unknown> = {}): LiveGateway {
  const models = {
    smart: { targets: [{ provider: 'ollama', model: 'qwen3:8b' }], unsupported: 'refuse' as const },
    other: { targets: [{ provider: 'openai', model: 'gpt-4o' }], unsupported: 'drop' as const },
  };
  const gateway = createGateway({ models }, { log: pino({ level: 'silent' }) });
  gateway.use(openai, { apiKey: 'sk-operator', baseUrl: `${url}/v1` });
  gateway.use(anthropic, {});
  gateway.use(ollama, { baseUrl: url, ...options });
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

const messages = [{ role: 'user', content: 'Hi' }];
const body = (value: object): Buffer => Buffer.from(JSON.stringify(value));
const chat = (more: object = {}): HandleRequest => ({
  dialect: 'openai-chat',
  path: '/v1/chat/completions',
  body: body({ model: 'smart', messages, ...more }),
});
const native = (path: string, more: object): HandleRequest => ({
  dialect: 'ollama-chat',
  path,
  body: body({ model: 'smart', ...more }),
});

test('clients of other dialects are answered in lines of JSON that they never see', async () => {
  await using upstream = await fakeUpstream(ndjson(lines('calls')));
  const gateway = gatewayOf(upstream.url);
  const tools = ['weather', 'time'].map((name) => ({ type: 'function', function: { name } }));
  const streamed = await tell(gateway, chat({ stream: true, stream_options: { include_usage: true }, tools }));
  assert.deepEqual(validateChatStream(streamed.bytes), []);
  assert.match(streamed.text, /"finish_reason":"tool_calls"/);
  assert.deepEqual([streamed.settlement.usage.input, streamed.settlement.usage.output], [11, 18]);
  const sent = await upstream.request(0);
  assert.deepEqual([sent.path, sent.headers.get('authorization')], ['/api/chat', undefined]);
  assert.deepEqual(sent.json(), {
    model: 'qwen3:8b',
    messages,
    tools: tools.map((tool) => ({
      type: 'function',
      function: { ...tool.function, parameters: { type: 'object', properties: {} } },
    })),
    stream: true,
  });
  const claude = await tell(gateway, {
    dialect: 'anthropic-messages',
    path: '/v1/messages',
    body: body({ model: 'smart', messages, max_tokens: 100, stream: true }),
  });
  assert.deepEqual(validateMessagesStream(claude.bytes), []);
  upstream.answer(reply.json(200, documentOf(answers['thinking'] ?? [])));
  const whole = await tell(gateway, chat());
  assert.deepEqual(validateChatReply(whole.bytes), []);
  assert.match(whole.text, /"finish_reason":"length"/);
  const asked = (await upstream.request(2)).json() as { stream: boolean };
  assert.equal(asked.stream, false);
  await gateway.close();
});

test('a client of its own gets the very bytes, and its request is its own but for the model', async () => {
  const bytes = lines('text');
  await using upstream = await fakeUpstream(ndjson(bytes));
  const gateway = gatewayOf(upstream.url, { apiKey: 'ollama-operator' });
  const asked = { messages, options: { temperature: 1.0, unknown: 1 } };
  const told = await tell(gateway, native('/api/chat', asked));
  assert.deepEqual(Buffer.from(told.bytes), bytes);
  assert.equal(told.headers.get('content-type'), 'application/x-ndjson');
  assert.deepEqual([told.settlement.usage.output, told.settlement.outcome], [18, 'ok']);
  const sent = await upstream.request(0);
  assert.equal(sent.text, JSON.stringify({ model: 'qwen3:8b', ...asked }));
  assert.equal(sent.headers.get('authorization'), 'Bearer ollama-operator');
  await gateway.close();
});

test('what the operator sets goes along where a request does not say it, in either lane', async () => {
  await using upstream = await fakeUpstream(ndjson(lines('text')));
  const gateway = gatewayOf(upstream.url, { think: 'low', numCtx: 8192, keepAlive: -1 });
  const sentFor = async (request: HandleRequest): Promise<Record<string, any>> => {
    await tell(gateway, request);
    return upstream.requests.at(-1)?.json() as Record<string, any>;
  };
  const set = { think: 'low', keep_alive: -1, options: { num_ctx: 8192 } };
  const picked = ({ think, keep_alive, options }: Record<string, any>): object => ({ think, keep_alive, options });
  assert.deepEqual(picked(await sentFor(chat({ stream: true }))), set);
  assert.deepEqual(picked(await sentFor(native('/api/chat', { messages }))), set);
  assert.deepEqual(picked(await sentFor(native('/api/chat', { messages, options: null, think: null }))), set);
  assert.deepEqual(picked(await sentFor(native('/api/generate', { prompt: 'Hi', options: {} }))), set);
  const own = { think: false, keep_alive: '5m', options: { num_ctx: 1, seed: 2 } };
  assert.deepEqual(picked(await sentFor(native('/api/chat', { messages, ...own }))), own);
  const seeded = await sentFor(native('/api/chat', { messages, options: { seed: 2 } }));
  assert.deepEqual(seeded['options'], { seed: 2, num_ctx: 8192 });
  const mixed = await sentFor(chat({ stream: true, seed: 2, reasoning_effort: 'high' }));
  assert.deepEqual([mixed['think'], mixed['options']], ['high', { seed: 2, num_ctx: 8192 }]);
  upstream.answer(reply.json(200, { model: 'm', embeddings: [[0.1]], prompt_eval_count: 4 }));
  const embedded = await tell(gateway, native('/api/embed', { input: ['a'] }));
  assert.equal(embedded.settlement.usage.input, 4);
  const embed = upstream.requests.at(-1)?.json();
  assert.deepEqual(embed, { model: 'qwen3:8b', input: ['a'], keep_alive: -1, options: { num_ctx: 8192 } });
  await gateway.close();
});

test('a client of its own is answered by another vendor, and streams unless it says no', async () => {
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
  const history = [
    ...messages,
    { role: 'assistant', content: '', tool_calls: [{ function: { name: 'look', arguments: { a: 0 } } }] },
    { role: 'tool', tool_name: 'look', content: 'nothing' },
  ];
  const told = await tell(gateway, native('/api/chat', { model: 'other', messages: history }));
  assert.equal(told.headers.get('content-type'), 'application/x-ndjson');
  const said = linesOf(told.bytes);
  assert.deepEqual(
    said.map(({ message }) => message.content),
    ['Hel', 'lo', '', ''],
  );
  assert.deepEqual(said[2]?.['message'].tool_calls[0].function.arguments, { a: 1 });
  assert.deepEqual([said.at(-1)?.['done'], said.at(-1)?.['done_reason']], [true, 'stop']);
  const sent = (await upstream.request(0)).json() as {
    messages: { tool_calls?: { id: string }[]; tool_call_id?: string }[];
  };
  assert.equal(sent.messages[1]?.tool_calls?.[0]?.id, sent.messages[2]?.tool_call_id);
  upstream.answer(
    reply.json(200, {
      id: 'c',
      object: 'chat.completion',
      created: 1,
      model: 'gpt-4o',
      choices: [{ index: 0, message: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop' }],
    }),
  );
  const whole = await tell(gateway, native('/api/chat', { model: 'other', messages, stream: false }));
  assert.equal((JSON.parse(whole.text) as { message: { content: string } }).message.content, 'Hello');
  await gateway.close();
});

test('prompts and vectors go through as they are, and vectors for clients of OpenAI too', async () => {
  const pieces = [
    { model: 'm', response: 'Hi', done: false },
    { model: 'm', response: '', done: true, done_reason: 'stop', context: [1], prompt_eval_count: 2, eval_count: 3 },
  ];
  await using upstream = await fakeUpstream(ndjson(streamOf(pieces)));
  const gateway = gatewayOf(upstream.url);
  const generated = await tell(gateway, native('/api/generate', { prompt: 'Hello' }));
  assert.deepEqual([linesOf(generated.bytes), generated.settlement.usage.output], [pieces, 3]);
  const vectors = {
    object: 'list',
    model: 'm',
    data: [{ object: 'embedding', index: 0, embedding: [0.1] }],
    usage: { prompt_tokens: 4, total_tokens: 4 },
  };
  upstream.answer(reply.json(200, vectors));
  const asked = await tell(gateway, {
    dialect: 'openai-chat',
    path: '/v1/embeddings',
    body: body({ model: 'smart', input: 'a' }),
  });
  assert.deepEqual(JSON.parse(asked.text), vectors);
  upstream.answer(reply.json(200, { embedding: [0.1] }));
  await tell(gateway, native('/api/embeddings', { prompt: 'a' }));
  assert.deepEqual(
    upstream.requests.map(({ path }) => path),
    ['/api/generate', '/v1/embeddings', '/api/embeddings'],
  );
  await gateway.close();
});

test('an error keeps its sentence, at once and in the middle of a stream', async () => {
  await using upstream = await fakeUpstream(reply.json(404, { error: "model 'qwen3:8b' not found" }));
  const gateway = gatewayOf(upstream.url);
  const missing = await tell(gateway, native('/api/chat', { messages }));
  assert.equal(missing.status, 404);
  assert.match((JSON.parse(missing.text) as { error: string }).error, /model 'qwen3:8b' not found/);
  for (const [status, error, expected] of [
    [500, 'the input length exceeds the context length', 400],
    [400, '"qwen3:8b" does not support tools', 400],
    [503, 'server busy, please try again.  maximum pending requests exceeded', 503],
    [401, 'unauthorized', 502],
  ] as const) {
    upstream.answer(reply.json(status, { error }));
    assert.equal((await tell(gateway, chat())).status, expected, error);
  }
  const broken = `${JSON.stringify(answers['text']?.[0])}\n{"error":"the runner has stopped"}\n`;
  upstream.answer(ndjson(Buffer.from(broken)));
  const late = await tell(gateway, native('/api/chat', { messages }));
  assert.match(linesOf(late.bytes).at(-1)?.['error'], /the runner has stopped/);
  assert.equal(late.settlement.outcome, 'upstream-error');
  const translated = await tell(gateway, chat({ stream: true }));
  assert.deepEqual(
    [translated.text.includes('the runner has stopped'), translated.text.includes('[DONE]')],
    [true, false],
  );
  await gateway.close();
});

test('a server is found where the environment says, as its own programs find it', async () => {
  await using upstream = await fakeUpstream(ndjson(lines('text')));
  process.env['OLLAMA_HOST'] = new URL(upstream.url).host;
  try {
    const gateway = createGateway({}, { log: pino({ level: 'silent' }) });
    gateway.use(ollama, {});
    const told = await tell(gateway, native('/api/chat', { model: 'ollama/qwen3', messages }));
    assert.equal(told.settlement.outcome, 'ok');
    await gateway.close();
  } finally {
    delete process.env['OLLAMA_HOST'];
  }
});

test('a stream that breaks off tells its client so in its last line', async () => {
  const bytes = lines('text');
  await using upstream = await fakeUpstream(ndjson(bytes.subarray(0, bytes.length - 40)));
  const gateway = gatewayOf(upstream.url);
  const told = await tell(gateway, native('/api/chat', { messages }));
  assert.deepEqual(Object.keys(linesOf(told.bytes).at(-1) ?? {}), ['error']);
  assert.equal(told.settlement.outcome, 'upstream-truncated');
  await gateway.close();
});

test('models are listed as the server lists its own', async () => {
  await using upstream = await fakeUpstream();
  const gateway = gatewayOf(upstream.url, { models: ['qwen3:8b'] });
  const asked = { ...native('/api/tags', {}), method: 'GET', body: Buffer.alloc(0) };
  const list = JSON.parse((await tell(gateway, asked)).text) as { models: { name: string; modified_at: string }[] };
  assert.deepEqual(
    list.models.map(({ name }) => name),
    ['smart', 'other', 'ollama/qwen3:8b'],
  );
  assert.ok(!Number.isNaN(Date.parse(list.models[0]?.modified_at ?? '')));
  await gateway.close();
});
