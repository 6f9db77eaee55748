import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { collectBytes, createGateway, definePlugin, stage, type GatewayConfig, type LiveGateway } from '@tapgate/core';
import { chatCapabilities } from '@tapgate/openai';
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
import { quirksFor } from './compatible-row.ts';
import openaiCompatible, { compatiblePlugin, presets } from './index.ts';

const skip = fixturesFolder() === undefined ? noFixtures : false;
const variables = presets.flatMap(({ variable }) => variable ?? []);

// What the machine's owner has set must not decide these tests.
const forget = (): void => variables.forEach((name) => delete process.env[name]);
forget();
afterEach(forget);

providerContract(test, {
  name: 'openai-compatible',
  create: (origin) => ({
    provider: 'openai-compatible',
    plugins: [
      [
        openaiCompatible,
        { baseUrl: `${origin}/v1`, apiKey: 'sk-operator', dialects: ['openai-chat', 'openai-responses'] },
      ],
    ],
  }),
  credential: { header: 'authorization', value: 'Bearer sk-operator' },
  secrets: ['sk-operator'],
  dialects: ['openai-chat', 'openai-responses'],
});

const acme = compatiblePlugin({
  name: 'acme',
  title: 'Acme',
  baseUrl: 'https://api.acme.example/v1',
  variable: 'ACME_API_KEY',
});

providerContract(test, {
  name: 'a provider made of one row',
  create: (origin) => ({ provider: 'acme', plugins: [[acme, { baseUrl: `${origin}/v1`, apiKey: 'acme-operator' }]] }),
  credential: { header: 'authorization', value: 'Bearer acme-operator' },
  secrets: ['acme-operator'],
  dialects: ['openai-chat'],
});

function gatewayOf(options: object, config: GatewayConfig = {}): LiveGateway {
  const models = { smart: { targets: [{ provider: 'local', model: 'm' }], unsupported: 'refuse' as const } };
  const gateway = createGateway({ models, ...config }, { log: pino({ level: 'silent' }) });
  return gateway.use(openaiCompatible, options, { id: 'local' });
}

async function tell(
  gateway: LiveGateway,
  body: object,
  path = '/v1/chat/completions',
): Promise<{ status: number; text: string }> {
  const handled = await gateway.handle({
    dialect: 'openai-chat',
    path,
    body: Buffer.from(JSON.stringify({ model: 'smart', ...body })),
  });
  return { status: handled.status, text: Buffer.from(await collectBytes(handled.bytes)).toString('utf8') };
}

const messages = [{ role: 'user', content: 'Hi' }];
const completion = {
  id: 'c',
  object: 'chat.completion',
  created: 1,
  model: 'm',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
};

test('a server that needs no key is asked without one, under the name its operator gave it', async () => {
  await using upstream = await fakeUpstream(reply.json(200, completion));
  const gateway = gatewayOf({ baseUrl: `${upstream.url}/v1`, headers: { 'X-Team': 'us' } });
  const { status } = await tell(gateway, { messages, max_completion_tokens: 9 });
  const sent = await upstream.request(0);
  assert.deepEqual(
    [status, sent.path, sent.headers.get('authorization'), sent.headers.get('x-team')],
    [200, '/v1/chat/completions', undefined, 'us'],
  );
  assert.deepEqual(sent.json(), { messages, max_tokens: 9, model: 'm' });
  await gateway.close();
});

test('quirks are data: names of fields, what is left out, and what is refused', async () => {
  await using upstream = await fakeUpstream(reply.json(200, completion));
  const quirks = {
    maxTokensField: 'max_completion_tokens',
    renames: ['seed:random_seed'],
    drops: ['logprobs'],
    streamOptions: false,
  };
  const gateway = gatewayOf({ baseUrl: `${upstream.url}/v1`, quirks });
  await tell(gateway, { messages, max_tokens: 9, seed: 1 });
  assert.deepEqual((await upstream.request(0)).json(), {
    messages,
    model: 'm',
    max_completion_tokens: 9,
    random_seed: 1,
  });
  const refused = await tell(gateway, { messages, logprobs: true });
  assert.deepEqual([refused.status, JSON.parse(refused.text).error.param], [400, 'logprobs']);
  assert.equal(upstream.requests.length, 1);
  await gateway.close();
});

test('a preset brings address, key and quirks', async () => {
  process.env['MOONSHOT_API_KEY'] = 'sk-moon';
  const gateway = gatewayOf({ preset: 'moonshot' });
  const provider = gateway.providers.get('local');
  assert.deepEqual(provider?.credentials, ['default']);
  assert.equal(provider?.capabilities('m')['temperatureMax'], 1);
  await gateway.close();
});

test('a preset whose key is nowhere brings its dialects and no provider', async () => {
  const gateway = gatewayOf({ preset: 'moonshot' });
  assert.deepEqual([gateway.speaks('openai-chat'), gateway.providers.size], [true, 0]);
  await gateway.close();
});

test('what an address leaves open must be said', async () => {
  assert.throws(() => gatewayOf({ preset: 'snowflake', apiKey: 'k' }), {
    code: 'ADDRESS_INCOMPLETE',
    message: /"account"/,
  });
  assert.throws(() => gatewayOf({}), { code: 'PLACE_MISSING' });
  assert.throws(() => gatewayOf({ preset: 'moonshine' }), /moonshot/);
  const gateway = gatewayOf({ preset: 'snowflake', apiKey: 'k', fill: { account: 'acme-1' } });
  assert.ok(gateway.providers.get('local'));
  await gateway.close();
});

test('a place that serves vectors alone is not asked for anything else', async () => {
  await using upstream = await fakeUpstream(reply.json(200, { object: 'list', data: [], usage: { total_tokens: 1 } }));
  const gateway = gatewayOf({ preset: 'voyage', apiKey: 'k', baseUrl: `${upstream.url}/v1` });
  assert.equal((await tell(gateway, { messages })).status, 400);
  assert.equal((await tell(gateway, { input: 'x' }, '/v1/embeddings')).status, 200);
  assert.deepEqual(
    upstream.requests.map(({ path }) => path),
    ['/v1/embeddings'],
  );
  await gateway.close();
});

test('every preset has a name of its own, an address, and quirks that the dialects know', () => {
  assert.equal(new Set(presets.map(({ name }) => name)).size, presets.length);
  for (const row of presets) {
    assert.match(row.name, /^[a-z][a-z0-9-]*$/);
    assert.ok(URL.canParse(row.baseUrl.replaceAll(/[{}]/g, '')), row.name);
    assert.doesNotMatch(row.baseUrl, /\/$/, row.name);
    for (const [name, value] of Object.entries(quirksFor(row, 'm'))) {
      const known = (chatCapabilities as Record<string, { values?: readonly string[] } | undefined>)[name];
      assert.ok(known, `${row.name}: ${name}`);
      for (const word of [value].flat()) {
        if (typeof word === 'string' && known.values)
          assert.ok(known.values.includes(word), `${row.name}: ${name} ${word}`);
      }
    }
  }
});

test('quirks for some models count over those for all', () => {
  const row = { quirks: { sampling: true, seed: false }, modelQuirks: [[/^think/, { sampling: false }]] as const };
  assert.deepEqual(
    [quirksFor(row, 'think-1')['sampling'], quirksFor(row, 'other')['sampling'], quirksFor(row, 'think-1')['seed']],
    [false, true, false],
  );
});

const through = definePlugin({
  name: 'through',
  apiVersion: 1,
  schema: {},
  apply: (gateway) => {
    gateway.hooks.beforeRoute.tap({ name: 'through', stage: stage.shape }, (exchange) =>
      exchange.transform((events) => events),
    );
  },
});

test(
  'recorded streams of such servers go through byte for byte, and are valid for clients when written anew',
  { skip },
  async () => {
    const asked = { messages, stream: true, stream_options: { include_usage: true } };
    for (const provider of ['sglang', 'tgi', 'zai', 'alibaba', 'hyperbolic']) {
      for (const fixture of fixtures({ provider, dialect: 'openai-chat', streamed: true, ok: true, whole: true })) {
        await using upstream = await fakeUpstream(replay(fixture));
        const native = gatewayOf({ baseUrl: `${upstream.url}/v1` });
        assert.equal((await tell(native, asked)).text, Buffer.from(fixture.bytes).toString('utf8'), fixture.name);
        const anew = gatewayOf({ baseUrl: `${upstream.url}/v1` }).use(through, {});
        const { text } = await tell(anew, asked);
        assert.deepEqual(
          validateChatStream(Buffer.from(text), { ended: 'ok', written: true, usage: 'asked' }),
          [],
          fixture.name,
        );
        await Promise.all([native.close(), anew.close()]);
      }
    }
  },
);
