import assert from 'node:assert/strict';
import { test as runnerTest } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import anthropic from '@tapgate/anthropic';
import {
  collectBytes,
  createGateway,
  definePlugin,
  jsonReply,
  listen,
  type Plugin,
  type Queue,
  stage,
} from '@tapgate/core';
import openai from '@tapgate/openai';
import openaiCompatible from '@tapgate/openai-compatible';
import queue from '@tapgate/queue';
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
  reply,
  serveGateway,
  type ServedGateway,
  step,
  validateError,
} from '@tapgate/test-kit';
import { pino } from 'pino';
import loadShedding, { createLoadShedding, type Vitals } from './index.ts';

const test = leakProbes(runnerTest as never);

pluginContract(runnerTest, {
  plugin: loadShedding,
  options: { maxInFlight: 10 },
  badOptions: [
    { maxInFlight: 0 },
    { maxLoopDelayMs: 'long' },
    { concurrency: { most: 0 } },
    { concurrency: 10 },
    { shares: { batch: 0 } },
    { shares: { critical: 1.1 } },
    { priority: { otherwise: 'highest' } },
  ],
  module: import.meta.resolve('./index.ts'),
});

const whole = {
  id: 'c',
  object: 'chat.completion',
  created: 1,
  model: 'm',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
};
const good: Answer = reply.json(200, whole);
const after = (go: Promise<void>): Answer => [step.wait(go), ...reply.json(200, whole)];

/** What the process feels is what the test says. */
interface Felt {
  heap: number;
  memory: number;
  delayMs: number;
}

function feeling(felt: Felt): () => Vitals {
  return () => ({
    heap: () => felt.heap,
    memory: () => felt.memory,
    loopDelayMs: () => felt.delayMs,
    open: () => {},
    close: () => {},
  });
}

const named: Plugin<never> = definePlugin({
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

interface Stage extends AsyncDisposable {
  readonly upstreams: readonly FakeUpstream[];
  readonly served: ServedGateway;
  readonly felt: Felt;
  readonly chat: (question?: Question) => Promise<Answered>;
}

/** A gateway that is not under load until the test says so, before as many providers as there are answers. */
async function stageOf(
  answers: readonly Answer[],
  options: object = {},
  plugins: readonly (Plugin<never> | PluginUse)[] = [],
): Promise<Stage> {
  const felt: Felt = { heap: 0, memory: 0, delayMs: 0 };
  const upstreams: FakeUpstream[] = [];
  for (const answer of answers) upstreams.push(await fakeUpstream(answer));
  const providers = upstreams.map(
    ({ url }, at) => [openaiCompatible, { baseUrl: `${url}/v1`, apiKey: 'key' }, { id: `p${at}` }] as const,
  );
  const served = await serveGateway({
    plugins: [
      [createLoadShedding(feeling(felt)), options],
      [openai, {}],
      [anthropic, {}],
      ...providers,
      named,
      ...plugins,
    ],
    models: { m: upstreams.map((_, at) => `p${at}/m`) },
  });
  return {
    upstreams,
    served,
    felt,
    chat: (question = {}) =>
      ask(`${served.url}/v1/chat/completions`, {
        body: { model: 'm', messages: [{ role: 'user', content: 'Hi' }] },
        ...question,
      }),
    [Symbol.asyncDispose]: async () => {
      await served.close();
      for (const upstream of upstreams) await upstream.close();
    },
  };
}

async function come(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await isSo()); tries += 1) {
    assert.ok(tries < 2000, 'it did not come to pass within ten seconds');
    await wait(5);
  }
}

const label = (priority: string): Question => ({ headers: { 'x-label': priority } });

test('R-08, row 34: as memory fills the least important are refused first, then all but the most important, then everybody; and all is well after', async () => {
  await using at = await stageOf([good]);
  const rungs = [
    [0.5, { batch: 200, normal: 200, critical: 200 }],
    [0.93, { batch: 503, normal: 200, critical: 200 }],
    [0.96, { batch: 503, normal: 503, critical: 200 }],
    [0.99, { batch: 503, normal: 503, critical: 503 }],
    [0.3, { batch: 200, normal: 200, critical: 200 }],
  ] as const;
  for (const what of ['heap', 'memory'] as const) {
    for (const [share, expected] of rungs) {
      at.felt[what] = share;
      const seen = async (): Promise<object> => {
        const statuses: Record<string, number> = {};
        for (const priority of Object.keys(expected)) statuses[priority] = (await at.chat(label(priority))).status;
        return statuses;
      };
      await come(async () => isDeepStrictEqual(await seen(), expected));
      assert.deepEqual(await seen(), expected, `at ${share}`);
    }
  }
});

test('a refusal says when to come back, closes the connection, and tells who can wait not to try again by itself', async () => {
  await using at = await stageOf([good]);
  at.felt.heap = 0.99;
  await come(async () => (await at.chat()).status === 503);
  const normal = await at.chat();
  assert.deepEqual(validateError('openai-chat', 503, normal.json()), []);
  const seconds = Number(normal.headers.get('retry-after'));
  assert.ok(seconds >= 1 && seconds <= 5, String(seconds));
  assert.equal(normal.headers.get('x-should-retry'), 'true');
  assert.equal(normal.headers.get('connection'), 'close');
  const claude = await ask(`${at.served.url}/v1/messages`, {
    body: { model: 'm', max_tokens: 5, messages: [{ role: 'user', content: 'Hi' }] },
  });
  assert.deepEqual(validateError('anthropic-messages', claude.status, claude.json()), []);
  at.felt.heap = 0.93;
  await come(async () => (await at.chat()).status === 200);
  assert.equal((await at.chat(label('batch'))).headers.get('x-should-retry'), 'false');
  // Nobody was asked for those that were refused.
  const answered = at.served.settled.filter(({ settlement }) => settlement.outcome === 'ok').length;
  assert.equal(at.upstreams[0]?.requests.length, answered);
});

test('one late turn of the loop is no load; turns that stay late are', async () => {
  await using at = await stageOf([good], { maxLoopDelayMs: 100 });
  at.felt.delayMs = 500;
  await come(async () => (await at.chat()).status === 503);
  at.felt.delayMs = 0;
  await come(async () => (await at.chat()).status === 200);
});

test('R-05, row 33: a process that is blocked is not ready and refuses, and recovers by itself', async () => {
  const gateway = createGateway({ server: { port: 0, adminPort: -1 } }, { log: pino({ level: 'silent' }) });
  gateway.use(loadShedding, {});
  const listening = await listen(gateway);
  const ready = async (): Promise<number> =>
    (await ask(`http://127.0.0.1:${listening.port}/readyz`, { method: 'GET' })).status;
  assert.equal(await ready(), 200);
  await come(async () => {
    for (let turn = 0; turn < 3; turn += 1) {
      for (const end = Date.now() + 400; Date.now() < end;);
      await new Promise((resolve) => setImmediate(resolve));
    }
    return (await ready()) === 503;
  });
  await come(async () => (await ready()) === 200);
  await Promise.all([listening.close(), gateway.close()]);
});

test('R-03: more requests than may be under way are refused, and however they end their places are free again', async () => {
  const go = Promise.withResolvers<void>();
  await using at = await stageOf([after(go.promise)], {
    maxInFlight: 4,
    shares: { critical: 1, normal: 1, batch: 0.5 },
  });
  const leaving = new AbortController();
  const asked = [at.chat(), at.chat(), at.chat(), at.chat({ signal: leaving.signal })];
  await come(() => at.upstreams[0]?.requests.length === 4);
  assert.equal((await at.chat()).status, 503);
  leaving.abort();
  await asked[3];
  await come(() => at.served.settled.some(({ settlement }) => settlement.outcome === 'client-left'));
  assert.equal((await at.chat(label('batch'))).status, 503);
  const again = at.chat();
  await come(() => at.upstreams[0]?.requests.length === 5);
  go.resolve();
  for (const one of [...asked.slice(0, 3), again]) assert.equal((await one).status, 200);
  assert.equal((await at.chat(label('batch'))).status, 200);
  assert.equal((await at.chat({ body: '{ broken' })).status, 400);
  await come(() => at.served.gateway.inFlight === 0);
  const more = await Promise.all([at.chat(), at.chat(), at.chat(), at.chat()]);
  assert.deepEqual(
    more.map(({ status }) => status),
    [200, 200, 200, 200],
  );
});

test('endpoints of plugins and model calls of plugins are let in', async () => {
  const own = definePlugin({
    name: 'own',
    apiVersion: 1,
    schema: { type: 'object' },
    apply: (gateway) => {
      gateway.route('POST', '/feedback', () => jsonReply(200, { thanks: true }));
      gateway.hooks.beforeRoute.tapPromise({ name: 'own', stage: stage.guard, timeoutMs: 5000 }, async (exchange) => {
        if (exchange.parent !== undefined) return;
        felt.heap = 0.99;
        await wait(600);
        const body = Buffer.from('{"model":"m","messages":[]}');
        const child = await gateway.handle(
          { dialect: 'openai-chat', path: '/v1/chat/completions', body },
          { parent: exchange },
        );
        exchange.replyHeaders.set('x-child', String(child.status));
        child.bytes.pipe({ data: () => {}, end: () => {}, fail: () => {} });
      });
    },
  });
  await using at = await stageOf([good], {}, [own]);
  const { felt } = at;
  const answered = await at.chat();
  assert.equal(answered.headers.get('x-child'), '200');
  assert.equal((await at.chat()).status, 503);
  assert.equal((await ask(`${at.served.url}/feedback`, { body: {} })).status, 200);
});

test('a target that has enough to do is left out for another; when all have, a request is refused', async () => {
  const go = Promise.withResolvers<void>();
  await using at = await stageOf([after(go.promise), after(go.promise)], {
    concurrency: { initial: 2, least: 2, most: 2 },
    shares: { critical: 1, normal: 1, batch: 0.5 },
  });
  const asked: Promise<Answered>[] = [];
  for (const counts of [
    [1, 0],
    [2, 0],
    [2, 1],
    [2, 2],
  ]) {
    asked.push(at.chat());
    await come(() => at.upstreams.every(({ requests }, number) => requests.length === counts[number]));
  }
  const refused = await at.chat();
  assert.equal(refused.status, 503);
  assert.match(refused.text, /Every target of \\"m\\" has as much to do/);
  assert.equal((await at.chat(label('batch'))).headers.get('x-should-retry'), 'false');
  assert.equal(
    at.upstreams.reduce((sum, { requests }) => sum + requests.length, 0),
    4,
  );
  go.resolve();
  for (const one of asked) assert.equal((await one).status, 200);
  const one = await at.chat(label('batch'));
  assert.equal(one.status, 200);
});

test('many that come at the same moment are no more than the limit', async () => {
  const go = Promise.withResolvers<void>();
  await using at = await stageOf([after(go.promise)], { concurrency: { initial: 3, least: 3, most: 3 } }, [
    definePlugin({
      name: 'slow-order',
      apiVersion: 1,
      schema: { type: 'object' },
      apply: ({ hooks }) => {
        hooks.selectProvider.tapPromise({ name: 'slow-order', stage: stage.order }, async (targets) => {
          await wait(50);
          return targets;
        });
      },
    }),
  ]);
  const asked = Array.from({ length: 10 }, () => at.chat());
  await come(() => at.served.settled.length === 7 && at.upstreams[0]?.requests.length === 3);
  go.resolve();
  const statuses = (await Promise.all(asked)).map(({ status }) => status);
  assert.equal(statuses.filter((status) => status === 200).length, 3);
  assert.equal(statuses.filter((status) => status === 503).length, 7);
});

test('where requests may wait they wait for a place, and are told of it when it is free', async () => {
  const turns: string[] = [];
  const waiting: (() => void)[] = [];
  const service: Queue = {
    wait: (_, { resource }) => {
      turns.push(resource);
      return new Promise((resolve) => waiting.push(resolve));
    },
    waiting: () => waiting.length,
    freed: () => {
      waiting.shift()?.();
    },
  };
  const lets = definePlugin({
    name: 'lets-wait',
    apiVersion: 1,
    schema: { type: 'object' },
    apply: (gateway) => gateway.provide('queue', service),
  });
  const go = Promise.withResolvers<void>();
  await using at = await stageOf([after(go.promise)], { concurrency: { initial: 1, least: 1, most: 1 } }, [lets]);
  const first = at.chat();
  await come(() => at.upstreams[0]?.requests.length === 1);
  const others = [at.chat(), at.chat()];
  await come(() => waiting.length === 2);
  go.resolve();
  for (const one of [first, ...others]) assert.equal((await one).status, 200);
  assert.ok(turns.every((resource) => resource === 'load-shedding:p0/m'));
});

test('with the queue twenty requests for a target of two places are all answered, two at a time', async () => {
  let [now, most] = [0, 0];
  const counting: Answer = async () => {
    now += 1;
    most = Math.max(most, now);
    await wait(5);
    now -= 1;
    return reply.json(200, whole);
  };
  await using at = await stageOf([counting], { concurrency: { initial: 2, least: 2, most: 2 } }, [[queue, {}]]);
  const answers = await Promise.all(Array.from({ length: 20 }, () => at.chat()));
  assert.deepEqual(
    answers.map(({ status }) => status),
    answers.map(() => 200),
  );
  assert.equal(most, 2);
  assert.ok(answers.some(({ headers }) => headers.has('x-tapgate-queue-position')));
});

test('a target’s 429 make its limit smaller, and other failures do not', async () => {
  let status = 500;
  const failing: Answer = () => reply.json(status, { error: { message: 'no', type: 'error' } });
  await using at = await stageOf([failing]);
  const shown = async (): Promise<number> => {
    const route = at.served.gateway.routes.find(({ path }) => path === '/load-shedding/targets');
    const answer = await route?.answer({} as never);
    assert.ok(answer?.bytes !== undefined);
    const { targets } = JSON.parse(Buffer.from(await collectBytes(answer.bytes)).toString()) as {
      targets: readonly { target: string; inFlight: number; limit: number }[];
    };
    assert.equal(targets[0]?.target, 'p0/m');
    assert.equal(targets[0]?.inFlight, 0);
    return targets[0]?.limit ?? 0;
  };
  for (const code of [500, 400, 401]) {
    status = code;
    await at.chat();
    assert.equal(await shown(), 20, String(code));
  }
  for (const code of [429, 503, 529]) {
    status = code;
    const before = await shown();
    await wait(2);
    await at.chat();
    assert.ok((await shown()) < before, String(code));
  }
});
