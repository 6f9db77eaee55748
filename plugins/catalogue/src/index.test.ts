import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import capabilities from '@tapgate/capabilities';
import { collectBytes, createGateway, listen, type LiveGateway, type Settlement } from '@tapgate/core';
import failover from '@tapgate/failover';
import loadBalance from '@tapgate/load-balance';
import openai from '@tapgate/openai';
import vllm from '@tapgate/vllm';
import { type FakeUpstream, fakeUpstream, pluginContract, reply, type Script, step } from '@tapgate/test-kit';
import { pino } from 'pino';
import catalogue from './index.ts';
import type { CatalogueOptions } from './options.ts';

pluginContract(test, {
  plugin: catalogue,
  options: {
    models: { 'local/m': { prices: { input: '0.1' } } },
    providers: { other: { list: 'openai', times: '0.9' } },
  },
  badOptions: [
    { models: { 'local/m': { prices: { input: '-1' } } } },
    { models: { 'local/m': { prices: { input: '1e-7' } } } },
    { models: { 'local/m': { prices: { input: '0.0000000001' } } } },
    { models: { 'local/m': { prices: { input: null } } } },
    { models: { 'local/m': { prices: { inputs: '1' } } } },
    { models: { m: { prices: { input: '1' } } } },
    { models: { 'local/m': { contextWindow: 0 } } },
    { providers: { other: { list: 'nobody' } } },
    { providers: { other: { times: 'half' } } },
  ],
  module: import.meta.resolve('./index.ts'),
  single: 'there is one service of its name',
});

type Line = Readonly<Record<string, unknown>>;

interface Setup {
  readonly gateway: LiveGateway;
  readonly lines: Line[];
}

type Config = Parameters<typeof createGateway>[0];

/** A gateway with these upstreams as providers of OpenAI's plugin, or of a server of one's own, and what it logs. */
function setup(
  upstreams: Readonly<Record<string, FakeUpstream>>,
  options: Partial<CatalogueOptions> = {},
  config: Config = {},
): Setup {
  const lines: Line[] = [];
  const log = pino({ level: 'info' }, { write: (line: string) => lines.push(JSON.parse(line) as Line) });
  const gateway = createGateway(config, { log });
  for (const [name, { url }] of Object.entries(upstreams))
    gateway.use<unknown>(name.startsWith('local') ? vllm : openai, { baseUrl: `${url}/v1`, apiKey: 'k' }, { id: name });
  gateway.use(catalogue, options);
  return { gateway, lines };
}

interface Asking {
  readonly model?: string;
  readonly stream?: boolean;
  readonly more?: object;
  readonly path?: string;
}

async function settled(
  { gateway }: Setup,
  { model = 'gpt-4o-mini', stream = false, more, path = '/v1/chat/completions' }: Asking = {},
): Promise<Settlement> {
  const body = { model, stream, messages: [{ role: 'user', content: 'Hi' }], ...more };
  const handled = await gateway.handle({
    dialect: 'openai-chat',
    path,
    body: Buffer.from(JSON.stringify(body)),
  });
  await collectBytes(handled.bytes);
  return handled.settled;
}

const counts = { prompt_tokens: 1000, completion_tokens: 100, total_tokens: 1100 };

/** An answer of a model with its usage. */
function answer(usage: object | null = counts, model = 'gpt-4o-mini'): Script {
  const message = { role: 'assistant', content: 'Hello.' };
  const choices = [{ index: 0, message, finish_reason: 'stop' }];
  return reply.json(200, { id: 'c', object: 'chat.completion', created: 1, model, choices, usage });
}

const events = { 'content-type': 'text/event-stream' };
const chunk = (more: object, usage?: object): string =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', model: 'gpt-4o-mini', ...more, usage })}\n\n`;
const says = (content: string): string => chunk({ choices: [{ index: 0, delta: { content }, finish_reason: null }] });

const exchangeLine = (lines: readonly Line[]): Line | undefined => lines.find(({ msg }) => msg === 'exchange');

// U-01
test('an answer’s cost is in its settlement and in its log line, to the billionth', async () => {
  await using upstream = await fakeUpstream(answer());
  const at = setup({ openai: upstream });
  // 1000 × 0.15 + 100 × 0.60 dollars per million.
  assert.equal((await settled(at)).costNanos, 210_000n);
  assert.equal(exchangeLine(at.lines)?.['costNanos'], 210_000);
  await at.gateway.close();
});

// U-04
test('an unknown price is null in the log line, counted, and warned of once', async () => {
  await using upstream = await fakeUpstream(answer(counts, 'gpt-17'));
  const at = setup({ openai: upstream }, {}, { server: { port: 0, adminPort: 0 } });
  for (const model of ['gpt-17', 'gpt-17', 'gpt-18']) assert.equal((await settled(at, { model })).costNanos, null);
  assert.equal(exchangeLine(at.lines)?.['costNanos'], null);
  const warnings = at.lines.filter(({ msg }) => msg === 'no cost');
  assert.deepEqual(
    warnings.map(({ upstreamModel, reason }) => [upstreamModel, reason]),
    [
      ['gpt-17', 'its price is not known'],
      ['gpt-18', 'its price is not known'],
    ],
  );
  const listening = await listen(at.gateway);
  const told = await fetch(`http://127.0.0.1:${listening.adminPort}/catalogue/unpriced`);
  const reason = 'its price is not known';
  assert.deepEqual(await told.json(), {
    unpriced: [
      { model: 'openai/gpt-17', reason, answers: 2 },
      { model: 'openai/gpt-18', reason, answers: 1 },
    ],
  });
  await listening.close();
  await at.gateway.close();
});

test('an answer that nobody counted has no cost, and nobody knows it for 0', async () => {
  for (const usage of [null, {}, { prompt_tokens: null }]) {
    await using upstream = await fakeUpstream(answer(usage));
    const at = setup({ openai: upstream });
    assert.equal((await settled(at)).costNanos, null, JSON.stringify(usage));
    assert.match(JSON.stringify(at.lines), /did not count/);
    await at.gateway.close();
  }
});

test('embeddings, pictures and transcripts cost their tokens, by whatever name they are counted', async () => {
  const pictured = {
    input_tokens: 60,
    output_tokens: 1000,
    input_tokens_details: { text_tokens: 10, image_tokens: 50 },
  };
  const asked: readonly (readonly [path: string, model: string, usage: object, nanos: bigint | null])[] = [
    ['/v1/embeddings', 'text-embedding-3-small', { prompt_tokens: 4, total_tokens: 4 }, 80n],
    ['/v1/embeddings', 'text-embedding-3-large', { total_tokens: 3 }, 390n],
    ['/v1/images/generations', 'gpt-image-1', pictured, 40_550_000n],
    ['/v1/images/generations', 'gpt-image-1', { images: 1 }, null],
  ];
  for (const [path, model, usage, nanos] of asked) {
    await using upstream = await fakeUpstream(reply.json(200, { object: 'list', model, data: [], usage }));
    const at = setup({ openai: upstream });
    assert.equal((await settled(at, { path, model, more: { input: 'a', prompt: 'a' } })).costNanos, nanos, model);
    await at.gateway.close();
  }
});

test('a model of one’s own costs what the config says, and is not known without it', async () => {
  await using upstream = await fakeUpstream(answer(counts, 'Qwen/Qwen3-8B'));
  const model = 'local/Qwen/Qwen3-8B';
  const [bare, priced] = [
    setup({ local: upstream }),
    setup({ local: upstream }, { models: { [model]: { prices: { input: '0.10', output: 0.2 } } } }),
  ];
  assert.equal((await settled(bare, { model })).costNanos, null);
  assert.equal((await settled(priced, { model })).costNanos, 120_000n);
  await bare.gateway.close();
  await priced.gateway.close();
});

test('the model that really answered is billed', async () => {
  await using upstream = await fakeUpstream(answer(counts, 'gpt-4o-2024-08-06'));
  const at = setup({ openai: upstream });
  assert.equal((await settled(at, { model: 'gpt-4o-mini' })).costNanos, 3_500_000n);
  await at.gateway.close();
});

test('a provider’s own price is believed before the list', async () => {
  await using upstream = await fakeUpstream(answer({ ...counts, cost: 0.000_123 }));
  const at = setup({ openai: upstream });
  assert.equal((await settled(at)).costNanos, 123_000n);
  await at.gateway.close();
});

// S-18
test('a stream that its client leaves costs what was seen of it, though the provider never counted', async () => {
  const head = step.head(200, events);
  await using upstream = await fakeUpstream([
    head,
    step.write(says('Hello')),
    step.write(says(' there')),
    step.stall(),
  ]);
  const at = setup({ openai: upstream });
  const leaving = new AbortController();
  const body = { model: 'gpt-4o-mini', stream: true, messages: [{ role: 'user', content: 'Hi' }] };
  const handled = await at.gateway.handle({
    dialect: 'openai-chat',
    path: '/v1/chat/completions',
    body: Buffer.from(JSON.stringify(body)),
    signal: leaving.signal,
  });
  await wait(50);
  leaving.abort();
  const { costNanos, usage, outcome } = await handled.settled;
  assert.equal(outcome, 'client-left');
  assert.equal(usage.estimated, true);
  // An event is a token at least, and the prompt was read.
  assert.ok(usage.output >= 2 && usage.input > 0);
  assert.equal(costNanos, BigInt(usage.input * 150 + usage.output * 600));
  await at.gateway.close();
});

test('what failed is free, and what took over is billed by its own list', async () => {
  await using bad = await fakeUpstream(reply.json(503, { error: { message: 'busy' } }));
  await using good = await fakeUpstream(answer(counts, 'gpt-4o'));
  const targets = [
    { provider: 'openai', model: 'gpt-4o-mini' },
    { provider: 'openai-eu', model: 'gpt-4o' },
  ];
  const models = { smart: { targets, unsupported: 'refuse' as const } };
  const at = setup({ openai: bad, 'openai-eu': good }, { providers: { 'openai-eu': { times: '1.1' } } }, { models });
  at.gateway.use(failover, {});
  const settlement = await settled(at, { model: 'smart' });
  assert.equal(settlement.fellBack, true);
  assert.equal(settlement.costNanos, 3_850_000n);
  await at.gateway.close();
});

// D-05
test('nothing is fetched: the list of models is told with what each can hold, and no provider is asked', async () => {
  await using upstream = await fakeUpstream(answer());
  const targets = [
    { provider: 'openai', model: 'gpt-4o-mini' },
    { provider: 'openai', model: 'gpt-5' },
  ];
  const at = setup({ openai: upstream }, {}, { models: { smart: { targets, unsupported: 'refuse' } } });
  const handled = await at.gateway.handle({ dialect: 'openai-chat', method: 'GET', path: '/v1/models' } as never);
  const listed = JSON.parse(Buffer.from(await collectBytes(handled.bytes)).toString()) as { data: Line[] };
  assert.equal(listed.data.find(({ id }) => id === 'smart')?.['context_length'], 128_000);
  assert.equal(upstream.requests.length, 0);
  await at.gateway.close();
});

// The catalogue is found as a service: neither of the two knows its package.
test('load-balance takes the cheapest by the catalogue, those without a price last', async () => {
  await using upstream = await fakeUpstream(answer());
  const target = (model: string): { provider: string; model: string } => ({ provider: 'openai', model });
  const targets = ['gpt-17', 'gpt-5', 'gpt-4o-mini', 'gpt-4.1'].map(target);
  const at = setup({ openai: upstream }, {}, { models: { smart: { targets, unsupported: 'refuse' } } });
  at.gateway.use(loadBalance, { strategy: 'cost' });
  assert.equal((await settled(at, { model: 'smart' })).servedBy?.model, 'gpt-4o-mini');
  await at.gateway.close();
});

test('capabilities leaves out the target whose model cannot see, by the catalogue', async () => {
  await using upstream = await fakeUpstream(answer());
  const targets = [
    { provider: 'openai', model: 'gpt-3.5-turbo' },
    { provider: 'openai', model: 'gpt-4o-mini' },
  ];
  const at = setup({ openai: upstream }, {}, { models: { smart: { targets, unsupported: 'refuse' } } });
  at.gateway.use(capabilities, {});
  const picture = { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } };
  const more = { messages: [{ role: 'user', content: [picture] }] };
  assert.equal((await settled(at, { model: 'smart' })).servedBy?.model, 'gpt-3.5-turbo');
  assert.equal((await settled(at, { model: 'smart', more })).servedBy?.model, 'gpt-4o-mini');
  await at.gateway.close();
});

test('options for a provider that the config does not have are warned of', async () => {
  await using upstream = await fakeUpstream(answer());
  const at = setup(
    { openai: upstream },
    { models: { 'opena/gpt-5': { tools: false } }, providers: { openai: { times: 1 } } },
  );
  await at.gateway.ready();
  const warned = at.lines.filter(({ msg }) => /does not have/.test(String(msg)));
  assert.deepEqual(
    warned.map(({ provider }) => provider),
    ['opena'],
  );
  await at.gateway.close();
});
