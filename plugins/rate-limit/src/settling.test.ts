import assert from 'node:assert/strict';
import { test } from 'node:test';
import { definePlugin, stage } from '@tapgate/core';
import { type Answer, ask, reply, step } from '@tapgate/test-kit';
import * as fc from 'fast-check';
import { chunk, fails, OpenStore, says, whole, world, type World } from './world.test.ts';

const limits = [
  { name: 'counts', per: 'key', requests: 1_000_000, tokens: 1_000_000_000, cost: '1000 USD', window: '1h' },
  { name: 'kinds', per: 'key', inputTokens: 1_000_000_000, outputTokens: 1_000_000_000, window: '1h' },
  { name: 'places', per: 'key', concurrent: 1000 },
];

interface Sums {
  readonly requests: bigint;
  readonly tokens: bigint;
  readonly input: bigint;
  readonly output: bigint;
  readonly held: bigint;
}

async function sums({ store }: World): Promise<Sums> {
  const [requests, tokens, input, output, held] = await Promise.all(
    ['counts:requests', 'counts:tokens', 'inputTokens', 'outputTokens', 'places'].map((part) => store.spent(part)),
  );
  return { requests, tokens, input, output, held } as Sums;
}

/** Throws where its stage lets it, if the request's user says so. */
const thrower = (word: string, decided: boolean): unknown[] => [
  definePlugin({
    name: `throws-${word}`,
    apiVersion: 1,
    schema: { type: 'object' },
    apply({ hooks }) {
      hooks.beforeRoute.tap({ name: `throws-${word}`, stage: stage.guard }, (exchange) => {
        if (exchange.user === word) throw decided ? new Error('bug') : new TypeError('bug');
      });
    },
  }),
];

test('B-01 what is reserved is more than is let through: five at once that would be three times the limit', async () => {
  let go = (): void => {};
  const until = new Promise<void>((resolve) => (go = resolve));
  const slow: Answer = [
    step.wait(until),
    ...(says({ prompt_tokens: 10, completion_tokens: 50, total_tokens: 60 }) as []),
  ];
  await using at = await world(
    { limits: [{ name: 'l', per: 'key', outputTokens: 100, window: '1m' }] },
    { answer: slow },
  );
  const answers = Array.from({ length: 5 }, () => at.chat({ max_tokens: 60 }));
  await at.upstream.request(0);
  await at.settled(4);
  assert.equal(at.upstream.requests.length, 1);
  go();
  const statuses = (await Promise.all(answers)).map(({ status }) => status);
  assert.deepEqual(
    statuses.filter((status) => status !== 429),
    [200],
  );
  await at.settled(5);
  assert.equal(await at.store.spent('l:'), 50n);
  // What was not used is there again.
  assert.equal((await at.chat({ max_tokens: 50 })).status, 200);
});

test('several answers to one request reserve as many times as much', async () => {
  await using at = await world({ limits: [{ per: 'key', outputTokens: 100, window: '1m' }] });
  const refused = await at.chat({ max_tokens: 40, n: 3 });
  assert.equal(refused.status, 400);
  assert.match(refused.text, /may use 120 output tokens/);
  assert.equal((await at.chat({ max_tokens: 40, n: 2 })).status, 200);
});

test('B-01 B-02 two gateways on one store count together', async () => {
  const store = new OpenStore();
  const options = { limits: [{ name: 'l', per: 'key', requests: 10, window: '1m' }] };
  await using one = await world(options, { store });
  await using two = await world(options, { store });
  const answers = await Promise.all(Array.from({ length: 20 }, (_, at) => (at % 2 ? one : two).chat()));
  assert.equal(answers.filter(({ status }) => status === 200).length, 10);
});

test('B-03 however a request ends, its place is free again', async () => {
  for (const atOnce of [false, true]) await endInEveryWay(new OpenStore({ atOnce }));
});

async function endInEveryWay(store: OpenStore): Promise<void> {
  await using at = await world(
    { limits: [{ name: 'places', per: 'key', concurrent: 2 }] },
    { store, plugins: [thrower('throw', false)], limits: { deadlineMs: 300 } },
  );
  const hangs: Answer = [step.stall()];
  const half: Answer = [
    step.head(200, { 'content-type': 'text/event-stream' }),
    step.write(chunk({ role: 'assistant', content: 'a' })),
    step.cut(),
  ];
  for (let round = 0; round < 2; round += 1) {
    for (const answer of [says(), fails(400), fails(500), half, hangs]) {
      at.upstream.answer(answer);
      at.second.answer(answer);
      await at.chat({ stream: answer === half }, { model: 'only-a' });
    }
    const leave = new AbortController();
    at.upstream.answer(() => {
      leave.abort();
      return [step.stall()];
    });
    await at.chat({}, { model: 'only-a', signal: leave.signal });
    await at.chat({ user: 'throw' });
  }
  await at.settled(14);
  assert.equal(await at.store.spent('places'), 0n);
  at.upstream.answer(says());
  assert.equal((await at.chat({}, { model: 'only-a' })).status, 200);
}

test('B-03 a process that dies gives its places back when their leases end', async () => {
  let now = Date.now();
  const store = new OpenStore({ now: () => now });
  const at = await world(
    { limits: [{ name: 'places', per: 'key', concurrent: 1 }] },
    { store, answer: [step.stall()] },
  );
  void at.chat();
  await at.upstream.request(0);
  // Nobody settles what a dead process has held: the store alone remembers it.
  await using after = await world({ limits: [{ name: 'places', per: 'key', concurrent: 1 }] }, { store });
  assert.equal((await after.chat()).status, 429);
  now += 670_000;
  assert.equal((await after.chat()).status, 200);
  await at[Symbol.asyncDispose]();
});

test('concurrent requests are as many as the limit says, and no more', async () => {
  let go = (): void => {};
  const until = new Promise<void>((resolve) => (go = resolve));
  await using at = await world(
    { limits: [{ per: 'key', concurrent: 3 }] },
    { answer: [step.wait(until), ...(says() as [])] },
  );
  const answers = Array.from({ length: 8 }, () => at.chat());
  await at.upstream.request(2);
  await at.settled(5);
  go();
  const all = await Promise.all(answers);
  assert.equal(all.filter(({ status }) => status === 200).length, 3);
  const refused = all.find(({ status }) => status === 429);
  assert.equal(refused?.headers.get('retry-after'), '1');
  assert.match(refused?.text ?? '', /3 requests at a time/);
  await at.settled(8);
  assert.equal((await at.chat()).status, 200);
});

/** What one of the requests below is to become, and what is counted of it. */
type Fate = 'ok' | 'stream' | 'error' | 'cut' | 'abort' | 'throw' | 'unknown';

test('B-04 however many requests end however they do, the counters are the sum of what was settled', async () => {
  const fates = fc.array(fc.constantFrom<Fate>('ok', 'stream', 'error', 'cut', 'abort', 'throw', 'unknown'), {
    minLength: 10,
    maxLength: 60,
  });
  let runs = 0;
  await fc.assert(
    fc.asyncProperty(fates, fc.integer({ min: 1, max: 12 }), fc.boolean(), async (list, together, atOnce) => {
      runs += list.length;
      const store = new OpenStore({ atOnce });
      await using at = await world({ limits }, { store, plugins: [thrower('throw', true)], answer: byFate });
      const queue = [...list];
      let expected = 0n;
      const worker = async (): Promise<void> => {
        for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
          const spent = await play(at, next);
          expected += spent;
        }
      };
      await Promise.all(Array.from({ length: together }, worker));
      const all = await at.settled(list.length);
      const counted = await sums(at);
      assert.equal(counted.requests, BigInt(list.length));
      assert.equal(counted.held, 0n);
      assert.equal(counted.tokens, counted.input + counted.output);
      assert.equal(counted.tokens, expected);
      assert.equal(all.length, list.length);
    }),
    { numRuns: 30 },
  );
  assert.ok(runs >= 250, String(runs));
});

const byFate: Answer = (request) => {
  const { user, metadata } = JSON.parse(request.text) as { user: Fate; metadata: { id: string } };
  const { id } = metadata;
  switch (user) {
    case 'error':
      return fails(400) as never;
    case 'stream':
      return reply.sse(
        `${chunk({ role: 'assistant', content: 'Hello.' })}${chunk({}, 'stop')}data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'real', choices: [], usage: { prompt_tokens: 7, completion_tokens: 5, total_tokens: 12 } })}\n\ndata: [DONE]\n\n`,
      );
    case 'cut':
      return [
        step.head(200, { 'content-type': 'text/event-stream' }),
        step.write(chunk({ role: 'assistant', content: 'Hel' })),
        step.sleep(5),
        step.cut(),
      ];
    case 'abort':
      // Its client leaves as soon as the upstream works for it.
      leaving.get(id)?.abort();
      return [step.stall()];
    default:
      return reply.json(200, whole());
  }
};

const leaving = new Map<string, AbortController>();

/** Asks, and gives the tokens that must be counted: as told, or of what broke off the bytes that were sent and the one event that came. */
async function play(at: World, fate: Fate): Promise<bigint> {
  const leave = new AbortController();
  const id = String(leaving.size);
  leaving.set(id, leave);
  const stream = fate === 'stream' || fate === 'cut' || fate === 'abort';
  const model = fate === 'unknown' ? 'nobody/x' : 'only-a';
  const fields = { user: fate, metadata: { id }, stream, max_tokens: 50 };
  await at.chat(fields, { model, signal: leave.signal });
  const bytes = JSON.stringify({ model, messages: [{ role: 'user', content: 'Say hello.' }], ...fields }).length;
  const sent = BigInt(Math.ceil(bytes / 4));
  if (fate === 'ok' || fate === 'stream') return 12n;
  if (fate === 'cut') return sent + 1n;
  return fate === 'abort' ? sent : 0n;
}

for (const [what, usage] of [
  ['nothing', { prompt_tokens: 0, completion_tokens: 0 }],
  ['less than nothing', { prompt_tokens: -1, completion_tokens: -1 }],
  ['no number', { prompt_tokens: '12', completion_tokens: '12' }],
  ['more than there can be', { prompt_tokens: 1e308, completion_tokens: 1e308 }],
  ['more than a number holds', { prompt_tokens: '9e999', completion_tokens: null }],
  ['more than any model reads', { prompt_tokens: 5e8, completion_tokens: 5e8 }],
  ['a fraction', { prompt_tokens: 0.5, completion_tokens: 0.5 }],
  ['no usage at all', null],
] as const) {
  test(`B-02 threat: usage of ${what} is not believed, whole or streamed`, async () => {
    const told = usage === null ? {} : { usage };
    const text = JSON.stringify({ ...whole(null), ...told }).replaceAll('"9e999"', '9e999');
    const stream = [
      chunk({ role: 'assistant', content: 'Hello there, how are you?' }),
      chunk({}, 'stop'),
      `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'real', choices: [], ...told }).replaceAll('"9e999"', '9e999')}\n\n`,
      'data: [DONE]\n\n',
    ].join('');
    await using at = await world({ limits });
    at.upstream.queue(reply.bytes(200, Buffer.from(text), { 'content-type': 'application/json' }), reply.sse(stream));
    const content = 'Tell me about the sea. '.repeat(200);
    const bytes = Buffer.byteLength(content);
    for (const [at_, streamed] of [false, true].entries()) {
      const before = await sums(at);
      const answered = await at.chat(
        { max_tokens: 100, stream: streamed, messages: [{ role: 'user', content }] },
        { model: 'only-a' },
      );
      assert.equal(answered.status, 200, answered.text);
      await at.settled(at_ + 1);
      const after = await sums(at);
      const input = Number(after.input - before.input);
      const output = Number(after.output - before.output);
      assert.ok(input >= bytes / 8 && input <= bytes / 2, `${input} input tokens for ${bytes} bytes`);
      assert.ok(output >= 1 && output <= 100, `${output} output tokens`);
    }
    assert.ok((await at.store.spent('cost')) > 0n);
  });
}

test('B-02 threat: usage that can be true is believed, even where more was used than was reserved', async () => {
  await using at = await world({ limits }, { answer: says({ prompt_tokens: 5000, completion_tokens: 9000 }) });
  await at.chat({}, { model: 'only-a' });
  await at.settled(1);
  const { input, output } = await sums(at);
  assert.deepEqual([input, output], [5000n, 9000n]);
});

test('B-03 threat: who leaves pays for what was streamed, more the later it leaves, and never nothing', async () => {
  let last = 0n;
  for (const seen of [0, 1, 2, 5, 10, 20]) {
    const events = Array.from({ length: seen }, (_, at) =>
      chunk(at === 0 ? { role: 'assistant', content: 'a' } : { content: 'a' }),
    );
    const answer: Answer = [
      step.head(200, { 'content-type': 'text/event-stream' }),
      ...events.map((event) => step.write(event)),
      step.stall(),
    ];
    await using at = await world({ limits }, { answer });
    const leave = new AbortController();
    let text = '';
    const asked = ask(`${at.gateway.url}/v1/chat/completions`, {
      headers: { authorization: 'Bearer ann' },
      body: { model: 'only-a', stream: true, max_tokens: 100, messages: [{ role: 'user', content: 'Say a.' }] },
      signal: leave.signal,
      onChunk: (bytes) => (text += Buffer.from(bytes).toString()),
    });
    await at.upstream.request(0);
    while (text.split('data:').length <= seen) await new Promise((resolve) => setTimeout(resolve, 2));
    leave.abort();
    await asked;
    await at.settled(1);
    const { input, output } = await sums(at);
    assert.ok(input > 0n);
    assert.ok(output >= last, `${output} after ${seen} events, ${last} before`);
    assert.ok(seen === 0 ? output === 0n : output > 0n && output <= 100n, `${output} after ${seen} events`);
    last = output;
  }
  assert.ok(last >= 20n, String(last));
});

test('B-03 threat: of a stream that told its usage at the beginning, what was seen counts', async () => {
  const event = (type: string, more: object): string =>
    `event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`;
  const deltas = Array.from({ length: 20 }, () =>
    event('content_block_delta', { index: 0, delta: { type: 'text_delta', text: 'word ' } }),
  );
  const { default: anthropic } = await import('@tapgate/anthropic');
  const { fakeUpstream } = await import('@tapgate/test-kit');
  await using claude = await fakeUpstream([
    step.head(200, { 'content-type': 'text/event-stream' }),
    step.write(
      event('message_start', {
        message: {
          id: 'm',
          type: 'message',
          role: 'assistant',
          model: 'c',
          content: [],
          stop_reason: null,
          usage: { input_tokens: 9, output_tokens: 1 },
        },
      }),
    ),
    step.write(event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } })),
    ...deltas.map((delta) => step.write(delta)),
    step.cut(),
  ]);
  await using at = await world(
    { limits },
    { plugins: [[anthropic, { apiKey: 'x', baseUrl: claude.url }, { id: 'claude' }]] },
  );
  await at.chat({ stream: true, max_tokens: 100 }, { model: 'claude/c' });
  await at.settled(1);
  const { input, output } = await sums(at);
  assert.equal(input, 9n);
  assert.ok(output >= 15n && output <= 25n, String(output));
});

test('B-06 settlements across the end of a window lose nothing and count nothing twice', async () => {
  let now = 1_700_000_000_000;
  const store = new OpenStore({ now: () => now });
  let go = (): void => {};
  const until = new Promise<void>((resolve) => (go = resolve));
  await using at = await world(
    { limits: [{ name: 'l', per: 'key', tokens: 1_000_000, window: '1m' }] },
    { store, answer: [step.wait(until), ...(says() as [])] },
  );
  const first = Array.from({ length: 25 }, () => at.chat({ max_tokens: 10 }));
  await at.upstream.request(24);
  now += 59_000;
  const later = Array.from({ length: 25 }, () => at.chat({ max_tokens: 10 }));
  await at.upstream.request(49);
  // The first half's window has passed before anything of it is settled.
  now += 3000;
  go();
  await Promise.all([...first, ...later]);
  await at.settled(50);
  assert.equal(await store.spent('l:'), BigInt(25 * 12));
  now += 62_000;
  assert.equal(await store.spent('l:'), 0n);
});

test('B-09 threat: money is whole numbers, and no sum drifts', async () => {
  const store = new OpenStore();
  const price = 100_000_001n;
  let sum = 0n;
  for (let count = 0; count < 20_000; count += 1) {
    const claim = { key: 'k', limit: 2n ** 62n, amount: price * 2n, windowMs: 3_600_000 };
    await store.inner.reserve(`r${count}`, [claim], 60_000);
    await store.inner.settle(`r${count}`, [price + BigInt(count)]);
    store.seen.set('k', claim);
    sum += price + BigInt(count);
  }
  assert.equal(await store.spent('k'), sum);
});

test('cost is by the catalogue’s prices, reserved and settled; for an unknown price it is the dearest, never nothing', async () => {
  const catalogue = definePlugin({
    name: 'prices',
    apiVersion: 1,
    schema: { type: 'object' },
    apply: (gateway) =>
      gateway.provide('catalogue', {
        cost: ({ provider }, usage) =>
          provider === 'a' && usage !== undefined ? BigInt(usage.input) * 3n + BigInt(usage.output) * 15n : null,
        capabilities: () => ({}),
      }),
  });
  await using at = await world(
    { limits: [{ name: 'l', per: 'key', cost: '1 USD', window: '1d' }] },
    { plugins: [[catalogue]] },
  );
  await at.chat({ max_tokens: 10 }, { model: 'only-a' });
  await at.settled(1);
  assert.equal(await at.store.spent('l:'), 7n * 3n + 5n * 15n);
  await at.chat({ max_tokens: 10 }, { model: 'only-b' });
  await at.settled(2);
  assert.equal(await at.store.spent('l:'), 96n + 7n * 15_000n + 5n * 75_000n);
  // Of a model that two can serve the dearer is reserved: 4 USD for 50,000 tokens that b would write.
  const refused = await at.chat({ max_tokens: 50_000 });
  assert.equal(refused.status, 400);
  assert.match(refused.text, /may use 3\.75\d* USD, and the limit .* allows 1 USD in 1d/);
  assert.equal((await at.chat({ max_tokens: 50_000 }, { model: 'only-a' })).status, 200);
});

test('a plugin’s own call to a model is no further request and takes no place, but its tokens count', async () => {
  const child = definePlugin({
    name: 'child',
    apiVersion: 1,
    schema: { type: 'object' },
    apply(gateway) {
      gateway.hooks.beforeRoute.tapPromise({ name: 'child', stage: stage.guard }, async (exchange) => {
        if (exchange.parent !== undefined) return;
        const body = Buffer.from(JSON.stringify({ model: 'only-b', messages: [{ role: 'user', content: 'x' }] }));
        const asked = await gateway.handle(
          { dialect: 'openai-chat', path: '/v1/chat/completions', body },
          { parent: exchange },
        );
        await asked.settled;
      });
    },
  });
  await using at = await world(
    { limits: [{ name: 'l', per: 'key', requests: 5, tokens: 100_000, concurrent: 1, window: '1m' }] },
    { plugins: [[child]] },
  );
  assert.equal((await at.chat({}, { model: 'only-a' })).status, 200);
  await at.settled(2);
  assert.equal(await at.store.spent('l:requests'), 1n);
  assert.equal(await at.store.spent('l:tokens'), 24n);
});
