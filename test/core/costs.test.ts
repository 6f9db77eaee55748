import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { type Catalogue, createGateway, type Plugin, type Priced, stage, type Target, type Usage } from '@tapgate/core';
import { fakeUpstream, reply, step } from '@tapgate/test-kit';
import { ask, events, lineGateway, lineProvider, plugin, saying, tell } from './line-gateway.ts';

const head = step.head(200, { 'content-type': 'text/event-stream' });
const streamed = ask({ stream: true });

interface Asked {
  readonly target: Target;
  readonly usage: Usage | undefined;
  readonly of: Priced | undefined;
}

/** A catalogue by which each token written costs one, and each token read a thousandth; and what it was asked. */
function priced(asked: Asked[], cost?: Catalogue['cost']): Plugin {
  return plugin('priced', (gateway) => {
    gateway.provide('catalogue', {
      capabilities: () => ({}),
      cost(target, usage, of) {
        asked.push({ target, usage, of });
        if (cost !== undefined) return cost(target, usage, of);
        return usage === undefined ? null : BigInt(usage.output * 1000 + usage.input);
      },
    });
  });
}

const beside: Plugin = plugin('beside', (gateway) => {
  gateway.hooks.selectProvider.tap({ name: 'beside', stage: stage.order }, (list) =>
    list.map((target) => ({ ...target, patienceMs: 30 })),
  );
  gateway.hooks.onError.tap({ name: 'beside', stage: stage.reroute }, ({ inFlight, untried: [target] }) =>
    target === undefined ? undefined : { target, ...(inFlight ? { beside: true as const } : {}) },
  );
});

for (const stream of [true, false]) {
  for (const dialect of ['line', 'other']) {
    test(`an answer costs what its provider counted (${dialect}, ${stream ? 'streamed' : 'whole'})`, async () => {
      const answer = stream
        ? [head, step.write(saying('a', 'b'))]
        : reply.json(200, [{ text: 'ab' }, { usage: 2 }, { end: true }]);
      await using upstream = await fakeUpstream(answer);
      const asked: Asked[] = [];
      const gateway = lineGateway([upstream.url], [priced(asked)]);
      const { settlement } = await tell(gateway, ask({ stream }, { dialect }));
      assert.equal(settlement.costNanos, 2000n);
      assert.equal(asked.length, 1);
      assert.equal(asked[0]?.of?.operation, 'chat');
      assert.ok(Number(asked[0]?.of?.at) <= Date.now());
      await gateway.close();
    });
  }
}

// S-18, B-03
test('an answer that its client leaves costs what was seen of it, and its prompt', async () => {
  await using upstream = await fakeUpstream([head, step.write(events({ text: 'a' }, { text: 'b' })), step.stall()]);
  const gateway = lineGateway([upstream.url], [priced([])]);
  const leaving = new AbortController();
  const handled = await gateway.handle({ ...ask({ stream: true, text: 'word '.repeat(100) }), signal: leaving.signal });
  await wait(30);
  leaving.abort();
  const { usage, costNanos, outcome } = await handled.settled;
  assert.equal(outcome, 'client-left');
  assert.equal(usage.estimated, true);
  assert.equal(usage.output, 2);
  assert.ok(usage.input >= 125 && usage.input < 160, String(usage.input));
  assert.equal(costNanos, BigInt(2000 + usage.input));
  await gateway.close();
});

test('the loser of a hedge is added as far as it went', async () => {
  await using slow = await fakeUpstream([head, step.stall()]);
  await using quick = await fakeUpstream([head, step.write(saying('a'))]);
  const asked: Asked[] = [];
  const gateway = lineGateway([slow.url, quick.url], [beside, priced(asked)]);
  const { settlement } = await tell(gateway, streamed);
  assert.equal(settlement.outcome, 'ok');
  const loser = asked.find(({ target }) => target.provider === 'a')?.usage;
  assert.ok(loser !== undefined && loser.estimated && loser.input > 0);
  assert.equal(settlement.costNanos, 1000n + BigInt(loser.input));
  assert.equal(settlement.usage.estimated, true);
  await gateway.close();
});

test('an attempt that fails before its first word costs nothing, though its price is not known', async () => {
  await using down = await fakeUpstream(reply.json(500, { error: 'down' }));
  await using early = await fakeUpstream([head, step.write(events({ error: 'overloaded' }))]);
  await using good = await fakeUpstream([head, step.write(saying('a'))]);
  const known: Catalogue['cost'] = ({ provider }, usage) => (provider === 'c' ? BigInt(usage?.output ?? 0) : null);
  const gateway = lineGateway([down.url, early.url, good.url], [beside, priced([], known)]);
  const { settlement } = await tell(gateway, streamed);
  assert.equal(settlement.costNanos, 1n);
  await gateway.close();
});

test('an attempt that broke off is added to the one that goes on, and one unknown price makes the sum unknown', async () => {
  await using first = await fakeUpstream([head, step.write(events({ text: 'a' })), step.end()]);
  for (const known of [true, false]) {
    const gateway = lineGateway([first.url], [priced([], (_, usage) => (known ? BigInt(usage?.output ?? 0) : null))]);
    const { settlement } = await tell(gateway, streamed);
    assert.equal(settlement.outcome, 'upstream-truncated');
    assert.equal(settlement.costNanos, known ? 1n : null);
    await gateway.close();
  }
});

test('where nobody counted the catalogue is told so, and no 0 stands for it', async () => {
  await using upstream = await fakeUpstream(reply.json(200, [{ text: 'a' }, { end: true }]));
  const asked: Asked[] = [];
  const gateway = lineGateway([upstream.url], [priced(asked)]);
  const { settlement } = await tell(gateway, ask({}, { path: '/line/other' }));
  assert.equal(settlement.outcome, 'ok');
  assert.deepEqual(
    asked.map(({ usage, of }) => [usage, of?.operation]),
    [[undefined, 'other']],
  );
  assert.equal(settlement.costNanos, null);
  await gateway.close();
});

test('an answer that no provider gave costs nothing', async () => {
  await using upstream = await fakeUpstream([head, step.write(saying('a'))]);
  const cache = plugin('cache', (gateway) => {
    gateway.hooks.beforeRoute.tap({ name: 'cache', stage: stage.answer }, () => ({
      events: [
        { type: 'part-start', part: 't', choice: 0, kind: 'text' },
        { type: 'part-delta', part: 't', text: 'kept' },
        { type: 'part-end', part: 't' },
        { type: 'finish', choice: 0, reason: 'stop' },
      ],
    }));
  });
  const gateway = lineGateway([upstream.url], [cache, priced([])]);
  const { settlement } = await tell(gateway, streamed);
  assert.equal(settlement.answeredBy, 'cache');
  assert.equal(settlement.costNanos, 0n);
  await gateway.close();
});

test('a provider’s vendor is what it says, else the name of the plugin that brings it, whatever its id', async () => {
  const gateway = createGateway();
  const brings = (name: string, more: object) =>
    plugin(name, (to, _options, { id }) => to.provider(lineProvider(to, id, 'http://127.0.0.1:9', more)));
  gateway.use(brings('acme', {}), {}, { id: 'acme-eu' });
  gateway.use(brings('any', { vendor: 'acme' }), {}, { id: 'mine' });
  assert.equal(gateway.vendorOf('acme-eu'), 'acme');
  assert.equal(gateway.vendorOf('mine'), 'acme');
  assert.equal(gateway.vendorOf('nobody'), undefined);
  await gateway.close();
});
