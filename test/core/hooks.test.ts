import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { defineErrors, type Exchange, type Plugin, stage, type Target } from '@tapgate/core';
import { fakeUpstream, reply, step } from '@tapgate/test-kit';
import { ask, lineGateway, plugin, saying, tell } from './line-gateway.ts';

const good = [step.head(200, { 'content-type': 'text/event-stream' }), step.write(saying('ok'))];
const errors = defineErrors({ SHUT: [403, 'Shut until {hour}.'] });
const streamed = ask({ stream: true });

/** A tap as JavaScript would write it, whatever it returns. */
const loosely = (tap: () => unknown): never => tap as never;

/** A plugin that taps beforeRoute once. */
function before(
  name: string,
  at: keyof typeof beforeStages,
  tap: (exchange: Exchange) => unknown,
  more: Record<string, unknown> = {},
): Plugin {
  return plugin(name, (gateway) => {
    gateway.hooks.beforeRoute.tap({ name, stage: beforeStages[at], ...more }, tap as never);
  });
}
const beforeStages = {
  admit: stage.admit,
  shape: stage.shape,
  limit: stage.limit,
  guard: stage.guard,
  answer: stage.answer,
};

test('a tap written with tap and an async function is awaited, and later taps run', async () => {
  await using upstream = await fakeUpstream(good);
  const seen: string[] = [];
  const gateway = lineGateway(
    [upstream.url],
    [
      before('metrics', 'admit', async () => {
        await wait(20);
        seen.push('metrics');
      }),
      before('key', 'limit', () => void seen.push('key')),
    ],
  );
  assert.equal((await tell(gateway, streamed)).said, 'ok');
  assert.deepEqual(seen, ['metrics', 'key']);
  await gateway.close();
});

test('null is nothing: it neither answers nor hides later guards', async () => {
  await using upstream = await fakeUpstream(good);
  const gateway = lineGateway(
    [upstream.url],
    [
      before('lazy', 'shape', () => null),
      before('guard', 'guard', () => {
        throw errors.SHUT({ hour: 8 });
      }),
    ],
  );
  const told = await tell(gateway, streamed);
  assert.equal(told.status, 403);
  assert.match(told.text, /Shut until 8/);
  assert.equal(upstream.requests.length, 0);
  await gateway.close();
});

test('stages are the order, whatever the order of the config', async () => {
  await using upstream = await fakeUpstream(good);
  const order: string[] = [];
  const note =
    (name: string): (() => void) =>
    () =>
      void order.push(name);
  const plugins = [
    before('answer', 'answer', note('answer')),
    before('limit', 'limit', note('limit')),
    before('admit', 'admit', note('admit')),
  ];
  const gateway = lineGateway([upstream.url], plugins);
  await tell(gateway, streamed);
  assert.deepEqual(order, ['admit', 'limit', 'answer']);
  await gateway.close();
});

test('a tap without a stage of its hook, or with before, is refused when it is made', () => {
  const tries: Plugin[] = [
    plugin('none', (gateway) => gateway.hooks.beforeRoute.tap('none', () => {})),
    plugin('wrong', (gateway) =>
      gateway.hooks.beforeRoute.tap({ name: 'wrong', stage: stage.settle } as never, () => {}),
    ),
    plugin('first', (gateway) =>
      gateway.hooks.beforeRoute.tap({ name: 'first', stage: stage.admit, before: 'key' }, () => {}),
    ),
  ];
  for (const one of tries) assert.throws(() => lineGateway([], [one]), new RegExp(one.name));
});

for (const [what, tap] of [
  [
    'throws',
    () => {
      throw new Error('bug');
    },
  ],
  [
    'rejects',
    async () => {
      throw new Error('bug');
    },
  ],
  ['never answers', () => new Promise(() => {})],
  ['returns what is no reply', () => ({ yes: true })],
] as const) {
  test(`a guard that ${what} fails closed: 503 and no upstream`, async () => {
    await using upstream = await fakeUpstream(good);
    const gateway = lineGateway([upstream.url], [before('guard', 'guard', tap, { timeoutMs: 30 })]);
    const told = await tell(gateway, streamed);
    assert.equal(told.status, 503);
    assert.match(told.text, /TAP_/);
    assert.equal(upstream.requests.length, 0);
    assert.equal(told.settlement.outcome, 'gateway-error');
    await gateway.close();
  });

  test(`an observer that ${what} fails open, and is counted`, async () => {
    await using upstream = await fakeUpstream(good);
    const observer = plugin('observer', (to) => {
      to.hooks.afterResponse.tap({ name: 'observer', stage: stage.observe, timeoutMs: 30 }, loosely(tap));
      to.hooks.selectProvider.tap({ name: 'observer', stage: stage.order, timeoutMs: 30 }, loosely(tap));
    });
    const gateway = lineGateway([upstream.url], [observer]);
    const told = await tell(gateway, streamed);
    assert.equal(told.said, 'ok');
    const counted = [...gateway.failures.keys()].filter((key) => key.startsWith('observer'));
    assert.ok(counted.includes('observer selectProvider.order'));
    await gateway.close();
  });
}

test('an answer that comes after its deadline is dropped, and the rest of the hook does not run again', async () => {
  await using upstream = await fakeUpstream(good);
  let runs = 0;
  const late = before(
    'late',
    'answer',
    async () => {
      await wait(60);
    },
    { timeoutMs: 20 },
  );
  const gateway = lineGateway([upstream.url], [late, before('later', 'answer', () => void (runs += 1))]);
  const told = await tell(gateway, streamed);
  await wait(80);
  assert.equal(told.said, 'ok');
  assert.equal(runs, 1);
  assert.equal(upstream.requests.length, 1);
  await gateway.close();
});

test('a key check that times out does not let the request through', async () => {
  await using upstream = await fakeUpstream(good);
  const slow = before(
    'slow-key',
    'admit',
    async (exchange) => {
      await wait(60);
      exchange.admit({ id: 'k', tenant: 't', labels: {}, claims: {} });
    },
    { timeoutMs: 20 },
  );
  const gateway = lineGateway([upstream.url], [slow]);
  const told = await tell(gateway, streamed);
  await wait(80);
  assert.equal(told.status, 503);
  assert.equal(upstream.requests.length, 0);
  await gateway.close();
});

test('where a plugin admits and nobody was admitted, core refuses with 401 before any later stage', async () => {
  await using upstream = await fakeUpstream(good);
  let reached = false;
  const admits: Plugin = { ...before('keys', 'admit', () => {}), admits: true };
  const gateway = lineGateway([upstream.url], [admits, before('limit', 'limit', () => void (reached = true))]);
  const told = await tell(gateway, streamed);
  assert.equal(told.status, 401);
  assert.equal(reached, false);
  assert.equal(upstream.requests.length, 0);
  assert.equal(told.settlement.outcome, 'refused');
  await gateway.close();
});

test('only assign may add a target; another that does fails by its stage', async () => {
  await using upstream = await fakeUpstream(good);
  const stranger: Target = { provider: 'a', model: 'secret' };
  const adds = (name: string, at: 'assign' | 'filter' | 'order'): Plugin =>
    plugin(name, (gateway) => {
      gateway.hooks.selectProvider.tap({ name, stage: stage[at] }, (targets) => [stranger, ...targets]);
    });
  const assigned = lineGateway([upstream.url], [adds('assigner', 'assign')]);
  assert.equal((await tell(assigned, streamed)).headers.get('x-tapgate-model'), 'secret');
  const filtered = lineGateway([upstream.url], [adds('filterer', 'filter')]);
  assert.equal((await tell(filtered, streamed)).status, 503);
  const ordered = lineGateway([upstream.url], [adds('orderer', 'order')]);
  assert.equal((await tell(ordered, streamed)).headers.get('x-tapgate-model'), 'm');
  for (const gateway of [assigned, filtered, ordered]) await gateway.close();
});

test('when is decided once: what reserved also settles, though the model is edited in between', async () => {
  await using upstream = await fakeUpstream(good);
  const seen: string[] = [];
  const gateway = lineGateway([upstream.url], [], {
    models: { smart: { targets: [{ provider: 'a', model: 'm' }], unsupported: 'refuse' } },
  });
  const scoped = plugin('scoped', (to) => {
    to.hooks.beforeRoute.tap({ name: 'scoped', stage: stage.limit }, () => void seen.push('reserve'));
    to.hooks.afterResponse.tap({ name: 'scoped', stage: stage.settle }, () => void seen.push('settle'));
  });
  gateway.use(scoped, {}, { when: { models: ['smart'] } });
  gateway.use(
    before('editor', 'guard', (exchange) => exchange.edit((request) => ({ ...request, model: 'a/m' }))),
    {},
  );
  await tell(gateway, ask({ model: 'smart', stream: true }));
  assert.deepEqual(seen, ['reserve', 'settle']);
  await tell(gateway, ask({ model: 'a/m', stream: true }));
  assert.deepEqual(seen, ['reserve', 'settle']);
  await gateway.close();
});

test('of an exclusive plugin the first instance that fits meets the exchange', async () => {
  await using upstream = await fakeUpstream(good);
  const seen: string[] = [];
  const policy: Plugin = plugin(
    'policy',
    (to, _options, { id }) => {
      to.hooks.beforeRoute.tap({ name: 'policy', stage: stage.shape }, () => void seen.push(id));
    },
    { exclusive: true },
  );
  const gateway = lineGateway([upstream.url]);
  gateway.use(policy, {}, { id: 'for-x', when: { models: ['x*'] } });
  gateway.use(policy, {}, { id: 'for-all' });
  await tell(gateway, ask({ model: 'all', stream: true }));
  await tell(gateway, ask({ model: 'xyz', stream: true }));
  assert.deepEqual(seen, ['for-all', 'for-x']);
  await gateway.close();
});

test('afterResponse runs once per exchange, however it ends, and one that throws does not stop the next', async () => {
  await using upstream = await fakeUpstream((request) =>
    request.number % 2 === 0 ? good : reply.json(500, { error: 'down' }),
  );
  const outcomes: string[] = [];
  const gateway = lineGateway(
    [upstream.url, upstream.url],
    [
      plugin('thrower', (to) =>
        to.hooks.afterResponse.tap({ name: 'thrower', stage: stage.settle }, () => {
          throw errors.SHUT();
        }),
      ),
      plugin('counter', (to) =>
        to.hooks.afterResponse.tap(
          { name: 'counter', stage: stage.observe },
          (settlement) => void outcomes.push(settlement.outcome),
        ),
      ),
    ],
  );
  await tell(gateway, streamed);
  await tell(gateway, streamed);
  await tell(gateway, ask({ model: 'nobody' }));
  await tell(gateway, { ...streamed, body: Buffer.from('{') });
  assert.deepEqual(outcomes, ['ok', 'upstream-error', 'refused', 'refused']);
  await gateway.close();
});

test('a throw of beforeRoute that is a GatewayError is a decision even where the stage fails open', async () => {
  await using upstream = await fakeUpstream(good);
  const gateway = lineGateway(
    [upstream.url],
    [
      before('cache', 'answer', () => {
        throw errors.SHUT({ hour: 9 });
      }),
    ],
  );
  assert.equal((await tell(gateway, streamed)).status, 403);
  await gateway.close();
});
