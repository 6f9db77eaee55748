import assert from 'node:assert/strict';
import { test as runnerTest } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import anthropic from '@tapgate/anthropic';
import {
  createGateway,
  defineErrors,
  definePlugin,
  type Exchange,
  type Gateway,
  listen,
  type Plugin,
  stage,
} from '@tapgate/core';
import openai from '@tapgate/openai';
import openaiCompatible from '@tapgate/openai-compatible';
import {
  type Answer,
  ask,
  type Answered,
  fakeUpstream,
  type FakeUpstream,
  leakProbes,
  pluginContract,
  type PluginUse,
  type Question,
  type RecordedRequest,
  reply,
  type Script,
  type ServeConfig,
  serveGateway,
  type ServedGateway,
  step,
  validateChatReply,
  validateChatStream,
  validateError,
} from '@tapgate/test-kit';
import { pino } from 'pino';
import queue, { type QueueOptions } from './index.ts';

const test = leakProbes(runnerTest as never);

pluginContract(runnerTest, {
  plugin: queue,
  options: { concurrency: { local: 4 } },
  badOptions: [
    { maxWaiting: 0 },
    { maxWaitMs: 'long' },
    { fairBy: 'colour' },
    { weights: { a: 0 } },
    { concurrency: { local: 0 } },
    { concurrency: true },
    { priority: { otherwise: 'highest' } },
    { priority: { header: 'X-Priority' } },
  ],
  module: import.meta.resolve('./index.ts'),
  single: 'There is one queue for all who wait.',
});

const whole = {
  id: 'c',
  object: 'chat.completion',
  created: 1,
  model: 'm',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
};
const chunk = (delta: object, finish: string | null = null): string =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
const stream = `${chunk({ role: 'assistant', content: 'Hello' })}${chunk({}, 'stop')}data: [DONE]\n\n`;

/** A good answer, streamed where it is asked for, after a while or when somebody says so. */
const good =
  (after: number | Promise<void> = 0): Answer =>
  (request) => {
    const said = request.text.includes('"stream":true') ? reply.sse(stream) : reply.json(200, whole);
    return [typeof after === 'number' ? step.sleep(after) : step.wait(after), ...said];
  };

function scriptOf(answer: Answer, request: RecordedRequest): Script | Promise<Script> {
  return typeof answer === 'function' ? answer(request) : answer;
}

interface Stage extends AsyncDisposable {
  readonly upstream: FakeUpstream;
  readonly served: ServedGateway;
  /** Whom the client is, what it asks. */
  readonly chat: (fields?: object, question?: Question) => Promise<Answered>;
}

/** One provider behind the queue, and callers that are whoever `x-caller` says. */
async function stageOf(
  answer: Answer,
  options: Partial<QueueOptions>,
  plugins: readonly (Plugin<never> | PluginUse)[] = [],
  config: ServeConfig = {},
): Promise<Stage> {
  const upstream = await fakeUpstream(answer);
  const served = await serveGateway({
    ...config,
    plugins: [
      [openai, {}],
      [anthropic, {}],
      [openaiCompatible, { baseUrl: `${upstream.url}/v1`, apiKey: 'key' }, { id: 'local' }],
      named,
      [queue, options],
      ...plugins,
    ],
    models: { m: ['local/m'] },
  });
  return {
    upstream,
    served,
    chat: (fields = {}, question = {}) =>
      ask(`${served.url}/v1/chat/completions`, {
        ...question,
        body: { model: 'm', messages: [{ role: 'user', content: 'Hi' }], ...fields },
      }),
    [Symbol.asyncDispose]: async () => {
      await served.close();
      await upstream.close();
    },
  };
}

const named = definePlugin({
  name: 'named',
  apiVersion: 1,
  admits: true,
  schema: { type: 'object' },
  apply: ({ hooks }) => {
    hooks.beforeRoute.tap({ name: 'named', stage: stage.admit }, (exchange) => {
      const id = exchange.headers.get('x-caller') ?? 'somebody';
      exchange.admit({ id, tenant: id, labels: { priority: exchange.headers.get('x-label') ?? '' }, claims: {} });
    });
  },
});

const errors = defineErrors({ TOO_MANY: [429, 'Too many requests.', 'retryable'] });

/** A limit of so many requests in each window, as a plugin writes it that knows no more of a queue than core's words. */
function windowLimit(requests: number, windowMs: number): Plugin<never> {
  return definePlugin({
    name: 'window-limit',
    apiVersion: 1,
    schema: { type: 'object' },
    apply: (gateway) => {
      let [began, count] = [0, 0];
      const take = (): boolean => {
        if (Date.now() >= began + windowMs) [began, count] = [Date.now(), 0];
        count += 1;
        return count <= requests;
      };
      const limited = async (exchange: Exchange): Promise<void> => {
        const line = gateway.service('queue');
        if ((line?.waiting('window') ?? 0) > 0)
          await line?.wait(exchange, { resource: 'window', until: 0, reason: 'others wait' });
        while (!take()) {
          const until = began + windowMs;
          if (line === undefined) throw errors.TOO_MANY({}, { retryAfterMs: until - Date.now() });
          await line.wait(exchange, { resource: 'window', until, reason: `${requests} requests in ${windowMs} ms` });
        }
      };
      gateway.hooks.beforeRoute.tapPromise({ name: 'window-limit', stage: stage.limit }, limited);
    },
  });
}

async function come(isSo: () => boolean): Promise<void> {
  for (let tries = 0; !isSo(); tries += 1) {
    assert.ok(tries < 2000, 'it did not come to pass within ten seconds');
    await wait(5);
  }
}

test('instead of a 429 requests wait until the limit resets, in order, and are told their place', async () => {
  const order: (string | undefined)[] = [];
  const watcher = definePlugin({
    name: 'watcher',
    apiVersion: 1,
    schema: { type: 'object' },
    apply: ({ hooks }) => {
      hooks.beforeRoute.tap({ name: 'watcher', stage: stage.guard }, ({ headers }) => {
        order.push(headers.get('x-number'));
      });
    },
  });
  await using at = await stageOf(good(), {}, [windowLimit(2, 1000), watcher]);
  // The first of a process is slow; when its window is over the others begin one of their own.
  await at.chat();
  await wait(1000);
  order.length = 0;
  const answers: Promise<Answered>[] = [];
  for (let request = 0; request < 6; request += 1) {
    answers.push(at.chat({}, { headers: { 'x-number': String(request) } }));
    await come(() => at.served.gateway.inFlight + at.served.settled.length > request + 1);
  }
  const all = await Promise.all(answers);
  assert.deepEqual(
    all.map(({ status }) => status),
    [200, 200, 200, 200, 200, 200],
  );
  assert.deepEqual(order, ['0', '1', '2', '3', '4', '5']);
  assert.deepEqual(
    all.map(({ headers }) => headers.get('x-tapgate-queue-position')),
    [undefined, undefined, '1', '2', '3', '4'],
  );
  const waited = all.map(({ headers }) => Number(headers.get('x-tapgate-queue-wait-ms') ?? 0));
  assert.ok(waited[0] === 0 && (waited[2] ?? 0) > 0 && (waited[4] ?? 0) > (waited[2] ?? 0), String(waited));
});

test('a tap that waits needs no time of its own: it waits longer than a tap may', async () => {
  await using at = await stageOf(good(), {}, [windowLimit(1, 300)], { limits: { tapTimeoutMs: 50 } });
  const [first, second] = await Promise.all([at.chat(), at.chat()]);
  assert.deepEqual([first?.status, second?.status], [200, 200]);
});

for (const streamed of [true, false]) {
  test(`B-10, R-01, S-16: a client that leaves the queue is removed at once and nothing is sent for it (${streamed ? 'streamed' : 'whole'})`, async () => {
    const go = Promise.withResolvers<void>();
    await using at = await stageOf(good(go.promise), { concurrency: { local: 1 } });
    const lines = at.served.gateway.service('queue');
    const first = at.chat({ stream: streamed });
    await at.upstream.request(0);
    const leaving = new AbortController();
    const second = at.chat({ stream: streamed }, { signal: leaving.signal, headers: { 'x-caller': 'leaver' } });
    await come(() => lines?.waiting('queue:local') === 1);
    const third = at.chat({ stream: streamed }, { headers: { 'x-caller': 'stayer' } });
    await come(() => lines?.waiting('queue:local') === 2);
    leaving.abort();
    await second;
    await come(() => lines?.waiting('queue:local') === 1);
    assert.deepEqual(
      at.served.settled.map(({ settlement, exchange }) => [settlement.outcome, exchange.caller.id]),
      [['client-left', 'leaver']],
    );
    go.resolve();
    assert.equal((await first).status, 200);
    assert.equal((await third).status, 200);
    assert.equal(at.upstream.requests.length, 2);
    assert.equal(lines?.waiting('queue:local'), 0);
  });
}

test('by itself it lets only so many calls be under way, and all are answered', async () => {
  let [now, most] = [0, 0];
  const counting: Answer = async (request) => {
    now += 1;
    most = Math.max(most, now);
    await wait(10);
    now -= 1;
    return scriptOf(good(), request);
  };
  await using at = await stageOf(counting, { concurrency: 3 });
  const streams = Array.from({ length: 30 }, (_, index) => at.chat({ stream: index % 2 === 0 }));
  const answers = await Promise.all(streams);
  assert.ok(answers.every(({ status }) => status === 200));
  assert.equal(most, 3);
  for (const [index, { body, json }] of answers.entries())
    assert.deepEqual(index % 2 === 0 ? validateChatStream(body) : validateChatReply(json()), []);
});

test('a limit of a provider and one of its model hold together', async () => {
  const go = Promise.withResolvers<void>();
  await using at = await stageOf(good(go.promise), { concurrency: { local: 2, 'local/m': 1 } });
  const lines = at.served.gateway.service('queue');
  const answers = [at.chat()];
  await at.upstream.request(0);
  answers.push(at.chat());
  await come(() => lines?.waiting('queue:local/m') === 1);
  answers.push(at.chat({ model: 'local/other' }));
  await at.upstream.request(1);
  answers.push(at.chat({ model: 'local/other' }));
  await come(() => lines?.waiting('queue:local') === 1);
  assert.equal(at.upstream.requests.length, 2);
  go.resolve();
  for (const answer of answers) assert.equal((await answer).status, 200);
});

test('one noisy tenant does not keep another waiting: turns are shared', async () => {
  const go = Promise.withResolvers<void>();
  await using at = await stageOf(good(go.promise), { concurrency: { local: 1 } });
  const lines = at.served.gateway.service('queue');
  const noisy = Array.from({ length: 20 }, () => at.chat({}, { headers: { 'x-caller': 'noisy' } }));
  await come(() => lines?.waiting('queue:local') === 19);
  const quiet = at.chat({}, { headers: { 'x-caller': 'quiet' } });
  await come(() => lines?.waiting('queue:local') === 20);
  go.resolve();
  assert.equal((await quiet).headers.get('x-tapgate-queue-position'), '2');
  await Promise.all(noisy);
  // One was under way already, and one came before.
  assert.equal(
    at.served.settled.findIndex(({ exchange }) => exchange.caller.id === 'quiet'),
    2,
  );
});

test('a more important request goes first, and a client can only ask for less', async () => {
  const go = Promise.withResolvers<void>();
  await using at = await stageOf(good(go.promise), {
    concurrency: { local: 1 },
    priority: { label: 'priority', callers: { boss: 'critical' }, header: 'x-priority', otherwise: 'normal' },
  });
  const lines = at.served.gateway.service('queue');
  const first = at.chat();
  await at.upstream.request(0);
  const asked = [
    ['polite', { 'x-priority': 'batch' }],
    ['label', { 'x-label': 'batch', 'x-priority': 'critical' }],
    ['usual', { 'x-priority': 'critical' }],
    ['boss', {}],
  ] as const;
  const answers: Promise<Answered>[] = [];
  for (const [name, headers] of asked) {
    answers.push(at.chat({}, { headers: { 'x-caller': name, ...headers } }));
    await come(() => lines?.waiting('queue:local') === answers.length);
  }
  go.resolve();
  await Promise.all([first, ...answers]);
  assert.deepEqual(
    at.served.settled.slice(1).map(({ exchange }) => exchange.caller.id),
    ['boss', 'usual', 'polite', 'label'],
  );
});

test('B-03: however a call ends its place is free again', async () => {
  let number = 0;
  const bad: readonly Answer[] = [
    reply.hangUp('reset'),
    reply.json(500, { error: { message: 'no', type: 'server_error' } }),
    reply.json(400, { error: { message: 'no', type: 'invalid_request_error' } }),
    reply.stall(),
    [step.head(200, { 'content-type': 'text/event-stream' }), step.write(chunk({ content: 'He' })), step.stall()],
    reply.json(200, { error: 'not what it should be' }),
  ];
  const answer: Answer = (request) => {
    number += 1;
    return scriptOf(number <= 24 ? (bad[number % bad.length] ?? good()) : good(), request);
  };
  await using at = await stageOf(answer, { concurrency: { local: 2 } }, [], {
    upstream: { timeouts: { firstEventMs: 400, idleMs: 400 } },
  });
  const answers = await Promise.all(
    Array.from({ length: 24 }, (_, index) => {
      const leaving = new AbortController();
      if (index % 8 === 7) setTimeout(() => leaving.abort(), 20 + index);
      return at.chat({ stream: index % 2 === 0 }, { signal: leaving.signal });
    }),
  );
  assert.equal(answers.length, 24);
  await come(() => at.served.gateway.inFlight === 0);
  number = 100;
  const after = await Promise.all([at.chat(), at.chat()]);
  assert.deepEqual(
    after.map(({ status, headers }) => [status, headers.get('x-tapgate-queue-position')]),
    [
      [200, undefined],
      [200, undefined],
    ],
  );
});

test('B-10: where too many wait the next is refused at once, in its dialect, with a time to come back', async () => {
  const go = Promise.withResolvers<void>();
  await using at = await stageOf(good(go.promise), { concurrency: { local: 1 }, maxWaiting: 1 });
  const lines = at.served.gateway.service('queue');
  const first = at.chat();
  await at.upstream.request(0);
  const second = at.chat();
  await come(() => lines?.waiting('queue:local') === 1);
  const third = await at.chat();
  assert.equal(third.status, 503);
  assert.deepEqual(validateError('openai-chat', third.status, third.json()), []);
  assert.equal(third.headers.get('retry-after'), '1');
  assert.equal(third.headers.get('x-should-retry'), 'true');
  const claude = await ask(`${at.served.url}/v1/messages`, {
    headers: { 'anthropic-version': '2023-06-01' },
    body: { model: 'm', max_tokens: 5, messages: [{ role: 'user', content: 'Hi' }] },
  });
  assert.deepEqual(validateError('anthropic-messages', claude.status, claude.json()), []);
  go.resolve();
  assert.deepEqual([(await first).status, (await second).status], [200, 200]);
  assert.equal(at.upstream.requests.length, 2);
});

test('a stream that waits is kept open by heartbeats, and is whole in the end', async () => {
  await using at = await stageOf(good(), {}, [windowLimit(1, 250)], { limits: { heartbeatMs: 30 } });
  await at.chat();
  const chunks: string[] = [];
  const answered = await at.chat({ stream: true }, { onChunk: (bytes) => chunks.push(Buffer.from(bytes).toString()) });
  assert.equal(answered.status, 200);
  assert.equal(answered.headers.get('x-tapgate-queue-position'), '1');
  assert.ok(chunks.filter((text) => text.startsWith(':')).length >= 2, 'no heartbeats');
  assert.deepEqual(validateChatStream(answered.body), []);
  assert.match(answered.text, /Hello/);
});

test('at the end who waits may finish within the drain limit, and is told a clean 503 after it', async () => {
  const go = Promise.withResolvers<void>();
  const at = await stageOf(good(go.promise), { concurrency: { local: 1 } }, [], { server: { drainMs: 300 } });
  const lines = at.served.gateway.service('queue');
  at.upstream.queue(good(go.promise), good(), reply.stall());
  const asked: Promise<Answered>[] = [];
  for (let request = 0; request < 4; request += 1) {
    asked.push(at.chat({ stream: request === 3 }));
    await come(() => at.upstream.requests.length + (lines?.waiting('queue:local') ?? 0) > request);
  }
  const closing = at.served.close();
  go.resolve();
  const answers = await Promise.all(asked);
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 200, 503, 503],
  );
  assert.deepEqual(validateError('openai-chat', 503, answers[3]?.json()), []);
  assert.equal(at.upstream.requests.length, 3);
  await closing;
  await at.upstream.close();
});

test('a reload moves nobody: lines and places are those of the process', async () => {
  const go = Promise.withResolvers<void>();
  await using at = await stageOf(good(go.promise), { concurrency: { local: 1 } });
  const first = at.chat();
  await at.upstream.request(0);
  await using next = await serveGateway({
    plugins: [
      [openaiCompatible, { baseUrl: `${at.upstream.url}/v1`, apiKey: 'key' }, { id: 'local' }],
      [queue, { concurrency: { local: 1 } }],
    ],
  });
  const second = ask(`${next.url}/v1/chat/completions`, { body: { model: 'local/m', messages: [] } });
  await come(() => at.served.gateway.service('queue')?.waiting('queue:local') === 1);
  assert.equal(at.upstream.requests.length, 1);
  go.resolve();
  assert.deepEqual([(await first).status, (await second).status], [200, 200]);
});

test('administrators see the lines', async () => {
  const go = Promise.withResolvers<void>();
  await using upstream = await fakeUpstream(good(go.promise));
  const gateway = createGateway({ server: { port: 0, adminPort: 0 } }, { log: pino({ level: 'silent' }) });
  gateway.use(openai, { apiKey: 'key' });
  gateway.use(openaiCompatible, { baseUrl: `${upstream.url}/v1`, apiKey: 'key' }, { id: 'local' });
  gateway.use(queue, { concurrency: { local: 1 } });
  const listening = await listen(gateway);
  const body = { model: 'local/m', messages: [{ role: 'user', content: 'Hi' }] };
  const asked = [0, 1].map(() => ask(`http://127.0.0.1:${listening.port}/v1/chat/completions`, { body }));
  await come(() => gateway.service('queue')?.waiting('queue:local') === 1);
  const seen = await ask(`http://127.0.0.1:${listening.adminPort}/queue/lines`, { method: 'GET' });
  const { lines } = seen.json() as { lines: readonly { until: string }[] };
  assert.deepEqual(lines, [
    {
      resource: 'queue:local',
      waiting: 1,
      reason: 'calls to local at a time are limited to 1',
      until: lines[0]?.until,
    },
  ]);
  go.resolve();
  await Promise.all(asked);
  await Promise.all([listening.close(), gateway.close()]);
});

runnerTest('two queues are a mistake of the config', () => {
  const gateway: Gateway = createGateway().use(queue, {});
  assert.throws(() => gateway.use(queue, {}, { id: 'second' }), /queue/);
});
