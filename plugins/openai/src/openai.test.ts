import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  collectBytes,
  createGateway,
  stage,
  type GatewayConfig,
  type HandleRequest,
  type LiveGateway,
  type Settlement,
} from '@tapgate/core';
import {
  fakeUpstream,
  fixtures,
  fixturesFolder,
  noFixtures,
  providerContract,
  replay,
  reply,
  validateChatStream,
} from '@tapgate/test-kit';
import { pino } from 'pino';
import openai, { openaiAbilities, openaiDialectFor } from './index.ts';

// What the machine's owner has set must not decide these tests.
delete process.env['OPENAI_API_KEY'];

const skip = fixturesFolder() === undefined ? noFixtures : false;

providerContract(test, {
  name: 'openai',
  create: (origin) => ({ provider: 'openai', plugins: [[openai, { baseUrl: `${origin}/v1`, apiKey: 'sk-operator' }]] }),
  credential: { header: 'authorization', value: 'Bearer sk-operator' },
  secrets: ['sk-operator'],
  dialects: ['openai-chat', 'openai-responses'],
});

function gatewayOf(url: string, options: Record<string, unknown> = {}, config: GatewayConfig = {}): LiveGateway {
  const models = { smart: { targets: [{ provider: 'openai', model: 'gpt-4o' }], unsupported: 'refuse' as const } };
  const gateway = createGateway({ models, ...config }, { log: pino({ level: 'silent' }) });
  gateway.use(openai, { apiKey: 'sk-operator', baseUrl: `${url}/v1`, ...options });
  return gateway;
}

interface Told {
  readonly status: number;
  readonly text: string;
  readonly settlement: Settlement;
}

async function tell(
  gateway: LiveGateway,
  request: Partial<HandleRequest> & { readonly body: Uint8Array },
): Promise<Told> {
  const handled = await gateway.handle({ dialect: 'openai-chat', path: '/v1/chat/completions', ...request });
  const bytes = await collectBytes(handled.bytes);
  return { status: handled.status, text: Buffer.from(bytes).toString('utf8'), settlement: await handled.settled };
}

const ask = (more: object = {}): Buffer =>
  Buffer.from(JSON.stringify({ model: 'smart', messages: [{ role: 'user', content: 'Hi' }], ...more }));
const completion = {
  id: 'c',
  object: 'chat.completion',
  created: 1,
  model: 'gpt-4o',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
};

test('a request reaches the provider with its key, organization and project, and the model’s name there', async () => {
  await using upstream = await fakeUpstream(
    reply.json(200, completion, { 'openai-processing-ms': '12', 'openai-organization': 'o' }),
  );
  const gateway = gatewayOf(upstream.url, { organization: 'org-1', project: 'proj-1' });
  const handled = await gateway.handle({
    dialect: 'openai-chat',
    path: '/v1/chat/completions',
    body: ask({ temperature: 1.0 }),
  });
  assert.deepEqual(JSON.parse(Buffer.from(await collectBytes(handled.bytes)).toString('utf8')), completion);
  assert.deepEqual(
    [handled.headers.get('openai-processing-ms'), handled.headers.get('openai-organization')],
    ['12', undefined],
  );
  const sent = await upstream.request(0);
  assert.equal(sent.path, '/v1/chat/completions');
  assert.deepEqual(
    ['authorization', 'openai-organization', 'openai-project'].map((name) => sent.headers.get(name)),
    ['Bearer sk-operator', 'org-1', 'proj-1'],
  );
  assert.equal(sent.text, ask({ temperature: 1.0 }).toString().replace('"smart"', '"gpt-4o"'));
  await gateway.close();
});

test(
  'every recorded stream goes through byte for byte to a client that asked for usage, and is counted',
  { skip },
  async () => {
    for (const fixture of fixtures({ dialect: 'openai-chat', streamed: true, ok: true, whole: true })) {
      await using upstream = await fakeUpstream(replay(fixture));
      const gateway = gatewayOf(upstream.url);
      const told = await tell(gateway, { body: ask({ stream: true, stream_options: { include_usage: true } }) });
      assert.equal(told.text, Buffer.from(fixture.bytes).toString('utf8'), fixture.name);
      assert.equal(told.settlement.outcome, 'ok', fixture.name);
      const isCounted = Buffer.from(fixture.bytes).includes('"completion_tokens"');
      assert.equal(told.settlement.usage.output > 0, isCounted || told.settlement.usage.estimated, fixture.name);
      await gateway.close();
    }
  },
);

test('usage is asked for where the client did not, counted, and hidden from it', { skip }, async () => {
  const [fixture] = fixtures({ name: 'openai/chat-text-stream' });
  assert.ok(fixture);
  await using upstream = await fakeUpstream(replay(fixture));
  const gateway = gatewayOf(upstream.url);
  const told = await tell(gateway, { body: ask({ stream: true }) });
  assert.deepEqual(((await upstream.request(0)).json() as { stream_options: unknown }).stream_options, {
    include_usage: true,
  });
  assert.deepEqual(validateChatStream(Buffer.from(told.text), { ended: 'ok', usage: 'unasked' }), []);
  assert.ok(told.settlement.usage.output > 0 && !told.settlement.usage.estimated);
  await gateway.close();
});

test('a stream that broke, or was an error under status 200, never looks like a success', { skip }, async () => {
  for (const fixture of fixtures({ dialect: 'openai-chat', ok: true, whole: false })) {
    await using upstream = await fakeUpstream(replay(fixture));
    const gateway = gatewayOf(upstream.url);
    const told = await tell(gateway, { body: ask(fixture.streamed ? { stream: true } : {}) });
    assert.notEqual(told.settlement.outcome, 'ok', fixture.name);
    assert.doesNotMatch(told.text, /\[DONE\]/, fixture.name);
    assert.ok(told.status >= 400 || /"error"/.test(told.text), `${fixture.name}: ${told.status} ${told.text}`);
    await gateway.close();
  }
});

test('an answer that a plugin transforms is written anew, and its request is not', { skip }, async () => {
  const [fixture] = fixtures({ name: 'openai/chat-parallel-tools-stream' });
  assert.ok(fixture);
  await using upstream = await fakeUpstream(replay(fixture));
  const gateway = gatewayOf(upstream.url);
  gateway.use(
    {
      name: 'through',
      apiVersion: 1,
      schema: { type: 'object' },
      apply(to) {
        to.hooks.beforeRoute.tap({ name: 'through', stage: stage.shape }, (exchange) =>
          exchange.transform((events) => events),
        );
      },
    },
    {},
  );
  const told = await tell(gateway, { body: ask({ stream: true, stream_options: { include_usage: true } }) });
  assert.deepEqual(validateChatStream(Buffer.from(told.text), { ended: 'ok', usage: 'asked', written: true }), []);
  assert.match(told.text, /"model":"smart"/);
  await gateway.close();
});

test('vectors come in the form that the client asked for', async () => {
  const answer = {
    object: 'list',
    data: [{ object: 'embedding', index: 0, embedding: [0.5, -2] }],
    model: 'e',
    usage: { prompt_tokens: 2, total_tokens: 2 },
  };
  await using upstream = await fakeUpstream(reply.json(200, answer));
  const gateway = gatewayOf(
    upstream.url,
    {},
    {
      models: {
        vectors: { targets: [{ provider: 'openai', model: 'text-embedding-3-small' }], unsupported: 'refuse' },
      },
    },
  );
  const body = Buffer.from(JSON.stringify({ model: 'vectors', input: 'x', encoding_format: 'base64' }));
  const told = await tell(gateway, { path: '/v1/embeddings', body });
  const [{ embedding }] = JSON.parse(told.text).data;
  assert.equal(embedding, Buffer.from(new Float32Array([0.5, -2]).buffer).toString('base64'));
  assert.equal(told.settlement.usage.input, 2);
  const sent = (await upstream.request(0)).json() as { model: string; encoding_format: string };
  assert.deepEqual([sent.model, sent.encoding_format], ['text-embedding-3-small', 'base64']);
  await gateway.close();
});

test('a form goes through with its file as it was and the model’s name there', async () => {
  await using upstream = await fakeUpstream(reply.text(200, 'WEBVTT\n\nhello', { 'content-type': 'text/vtt' }));
  const gateway = gatewayOf(
    upstream.url,
    {},
    { models: { ears: { targets: [{ provider: 'openai', model: 'whisper-1' }], unsupported: 'refuse' } } },
  );
  const form = new FormData();
  form.append('file', new Blob([Buffer.from([0, 1, 13, 10, 255])], { type: 'audio/wav' }), 'a.wav');
  form.append('model', 'ears');
  form.append('response_format', 'vtt');
  const request = new Request('http://x', { method: 'POST', body: form });
  const contentType = request.headers.get('content-type') ?? '';
  const body = Buffer.from(await request.arrayBuffer());
  const told = await tell(gateway, {
    path: '/v1/audio/transcriptions',
    body,
    headers: new Map([['content-type', contentType]]),
  });
  assert.equal(told.text, 'WEBVTT\n\nhello');
  const sent = await upstream.request(0);
  assert.equal(sent.headers.get('content-type'), contentType);
  assert.equal(Buffer.from(sent.body).toString('latin1'), body.toString('latin1').replace('ears', 'whisper-1'));
  await gateway.close();
});

test('speech comes as the bytes it is', async () => {
  const sound = Buffer.from([255, 251, 0, 1, 2, 3]);
  await using upstream = await fakeUpstream(reply.bytes(200, sound, { 'content-type': 'audio/mpeg' }));
  const gateway = gatewayOf(upstream.url);
  const handled = await gateway.handle({
    dialect: 'openai-chat',
    path: '/v1/audio/speech',
    body: Buffer.from('{"model":"openai/tts-1","input":"hi"}'),
  });
  assert.deepEqual(Buffer.from(await collectBytes(handled.bytes)), sound);
  assert.equal(handled.headers.get('content-type'), 'audio/mpeg');
  await gateway.close();
});

test('a second key is a target of its own', async () => {
  await using upstream = await fakeUpstream(reply.json(200, completion));
  const targets = [{ provider: 'openai', model: 'gpt-4o', credential: 'second' }];
  const gateway = gatewayOf(
    upstream.url,
    { credentials: { second: 'sk-second' } },
    { models: { smart: { targets, unsupported: 'refuse' } } },
  );
  await tell(gateway, { body: ask() });
  assert.equal((await upstream.request(0)).headers.get('authorization'), 'Bearer sk-second');
  await gateway.close();
});

test('without a key the dialects are there and no provider is', async () => {
  const gateway = createGateway({}, { log: pino({ level: 'silent' }) });
  gateway.use(openai, {});
  assert.deepEqual(
    [gateway.speaks('openai-chat'), gateway.speaks('openai-responses'), gateway.providers.size],
    [true, true, 0],
  );
  await gateway.close();
});

test('a rate limit tells how long to wait, and a used-up quota that waiting is in vain', async () => {
  await using upstream = await fakeUpstream();
  const gateway = gatewayOf(upstream.url);
  upstream.queue(
    reply.json(429, { error: { message: 'Rate limit reached', code: 'rate_limit_exceeded' } }, { 'retry-after': '7' }),
  );
  const limited = await gateway.handle({ dialect: 'openai-chat', path: '/v1/chat/completions', body: ask() });
  assert.deepEqual([limited.status, limited.headers.get('retry-after')], [429, '7']);
  await collectBytes(limited.bytes);
  upstream.queue(
    reply.json(429, { error: { message: 'You exceeded your current quota', code: 'insufficient_quota' } }),
  );
  const used = await tell(gateway, { body: ask() });
  assert.equal(used.status, 502);
  assert.equal(used.settlement.code, 'UPSTREAM_CREDIT');
  await gateway.close();
});

test('models are asked in the dialect that serves them', () => {
  const cases: readonly (readonly [model: string, asked: string, expected: string])[] = [
    ['gpt-4o', 'anthropic-messages', 'openai-chat'],
    ['gpt-5', 'anthropic-messages', 'openai-responses'],
    ['gpt-5', 'openai-chat', 'openai-chat'],
    ['gpt-5-codex', 'openai-chat', 'openai-responses'],
    ['o3-pro', 'openai-chat', 'openai-responses'],
    ['gpt-4o', 'openai-responses', 'openai-responses'],
  ];
  for (const [model, asked, expected] of cases)
    assert.equal(openaiDialectFor(model, 'chat', asked), expected, `${model} from ${asked}`);
  assert.equal(openaiDialectFor('gpt-4o', 'count-tokens', 'anthropic-messages'), undefined);
});

test('what a model can do is told by its name, dated, fine-tuned or plain', () => {
  const of = (model: string, ...names: string[]): unknown[] => names.map((name) => openaiAbilities(model)[name]);
  assert.deepEqual(of('gpt-4o-2024-08-06', 'sampling', 'reasoningIn', 'maxTokensField'), [
    undefined,
    'none',
    'max_completion_tokens',
  ]);
  assert.deepEqual(of('ft:gpt-4o:acme::x', 'reasoningIn', 'customTools'), ['none', false]);
  for (const model of [
    'o3',
    'o3-2025-04-16',
    'o4-mini',
    'gpt-5',
    'gpt-5-mini-2025-08-07',
    'gpt-5-codex',
    'gpt-5-pro',
  ]) {
    assert.deepEqual(of(model, 'sampling', 'stop', 'reasoningIn'), [false, false, 'effort'], model);
  }
  assert.deepEqual(of('o3-mini', 'sampling', 'stop', 'images'), [false, undefined, false]);
  assert.deepEqual(of('o1-mini', 'systemRole', 'reasoningIn'), ['user', 'none']);
  assert.deepEqual(of('gpt-5.2', 'sampling', 'efforts'), [undefined, ['none', 'low', 'medium', 'high', 'xhigh']]);
  assert.deepEqual(of('gpt-5-chat-latest', 'reasoningIn', 'tools'), ['none', false]);
  assert.deepEqual(of('gpt-3.5-turbo', 'images', 'jsonSchema'), [false, 'json_object']);
  assert.deepEqual(of('some-new-model', 'sampling', 'tools'), [undefined, undefined]);
});
