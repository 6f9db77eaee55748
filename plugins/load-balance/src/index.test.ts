import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collectBytes, createGateway, definePlugin, type LiveGateway, stage, type Target } from '@tapgate/core';
import { openaiChat } from '@tapgate/openai';
import { seeded } from '@tapgate/test-kit';
import { pino } from 'pino';
import { Affinity } from './affinity.ts';
import loadBalance, { type Strategy } from './index.ts';
import { byKey, cheapest, inTurn, leastBusy, soonest, weighted } from './orders.ts';
import { Traffic } from './traffic.ts';

const target = (provider: string, weight?: number): Target => ({
  provider,
  model: 'm',
  ...(weight === undefined ? {} : { weight }),
});
const [a, b, c] = [target('a'), target('b'), target('c')];

test('weights are kept: chi-square over ten thousand draws', () => {
  const random = numbers(1);
  const weights = [5, 3, 2];
  const targets = weights.map((weight, at) => target('abc'[at] ?? '', weight));
  const first = [0, 0, 0];
  for (let draw = 0; draw < 10_000; draw += 1) {
    const at = targets.indexOf(weighted(targets, random)[0] ?? a);
    first[at] = (first[at] ?? 0) + 1;
  }
  const chi = first.reduce(
    (sum, seen, at) => sum + (seen - 1000 * (weights[at] ?? 0)) ** 2 / (1000 * (weights[at] ?? 1)),
    0,
  );
  // Two degrees of freedom: above 13.8 once in a thousand.
  assert.ok(chi < 13.8, `chi-square ${chi}`);
});

test('a weight of nothing comes last, and no order leaves a target out', () => {
  const random = numbers(2);
  const targets = [target('z', 0), a, b];
  for (let draw = 0; draw < 100; draw += 1) {
    const order = weighted(targets, random);
    assert.equal(order.at(-1)?.provider, 'z');
    assert.equal(new Set(order).size, 3);
  }
});

test('round-robin goes in turn', () => {
  assert.deepEqual(
    [0, 1, 2, 3].map((turn) => inTurn([a, b, c], turn)[0]?.provider),
    ['a', 'b', 'c', 'a'],
  );
});

test('least-busy spreads what comes one after the other, and spares the slow one', () => {
  const random = numbers(3);
  const traffic = new Traffic();
  const counts = new Map<string, number>();
  for (let request = 0; request < 30; request += 1) {
    const [first = a] = leastBusy([a, b], traffic, random);
    counts.set(first.provider, (counts.get(first.provider) ?? 0) + 1);
    traffic.begin(first);
    traffic.end(first);
  }
  for (const count of counts.values()) assert.ok(count >= 9 && count <= 21, String(count));
  // A hundred requests, forty at a time; b takes ten times as long as a.
  const ends: { at: number; of: Target }[] = [];
  let slow = 0;
  let now = 0;
  for (let request = 0; request < 100; request += 1) {
    while (ends.length >= 40) {
      ends.sort((one, other) => one.at - other.at);
      const done = ends.shift();
      if (done === undefined) break;
      now = done.at;
      traffic.end(done.of);
    }
    const [first = a] = leastBusy([a, b], traffic, random);
    if (first === b) slow += 1;
    traffic.begin(first);
    ends.push({ at: now + (first === b ? 10 : 1), of: first });
  }
  assert.ok(slow < 35, `${slow} of 100 to the slow one`);
});

test('what is under way is never negative', () => {
  const traffic = new Traffic();
  traffic.end(a);
  traffic.begin(a);
  assert.equal(traffic.inFlight(a), 1);
});

test('latency leaves a target that turns slow within two seconds, and returns when it is well, over an hour of simulated traffic', () => {
  let now = 0;
  const random = numbers(4);
  const traffic = new Traffic(() => now);
  const share = (seconds: number, slowMs: number): number => {
    let toB = 0;
    for (let request = 0; request < seconds * 50; request += 1) {
      now += 20;
      const [first = a] = soonest([a, b, c], traffic, random);
      if (first === b) toB += 1;
      traffic.begin(first);
      traffic.measure(first, first === b ? slowMs : 200);
      traffic.end(first);
    }
    return toB / (seconds * 50);
  };
  share(600, 200);
  share(2, 2000);
  assert.ok(share(600, 2000) < 0.05, 'traffic stayed with the slow one');
  share(600, 200);
  const recovered = share(1800, 200);
  assert.ok(recovered > 0.2, `only ${recovered} came back`);
});

test('the cheapest comes first, and unknown prices last', () => {
  const prices = new Map<Target, bigint | null>([
    [a, null],
    [b, 20n],
    [c, 10n],
  ]);
  assert.deepEqual(
    cheapest([a, b, c], (one) => prices.get(one) ?? null),
    [c, b, a],
  );
});

test('a key stays where it was when another target goes, and keys spread by weight', () => {
  const targets = [a, b, c];
  let moved = 0;
  const firsts = new Map<string, number>();
  for (let at = 0; at < 3000; at += 1) {
    const before = byKey(targets, `key ${at}`)[0];
    firsts.set(before?.provider ?? '', (firsts.get(before?.provider ?? '') ?? 0) + 1);
    const after = byKey([a, c], `key ${at}`)[0];
    if (before !== b && before !== after) moved += 1;
  }
  assert.equal(moved, 0);
  for (const count of firsts.values()) assert.ok(count > 850 && count < 1150, String(count));
});

test('affinity ends with its time, and is bounded', () => {
  let now = 0;
  const pins = new Affinity(1000, () => now);
  const hashed = pins.order('k', [a, b, c])[0];
  const other = [a, b, c].find((one) => one !== hashed) ?? a;
  pins.pin('k', other);
  assert.equal(pins.order('k', [a, b, c])[0], other);
  now = 1001;
  assert.equal(pins.order('k', [a, b, c])[0], hashed);
});

/** Numbers from 0 to below 1, the same for a seed. */
function numbers(seed: number): () => number {
  const from = seeded(seed);
  return () => from.integer(2 ** 31) / 2 ** 31;
}

/** A gateway with providers that answer with their names, or fail. */
function gatewayWith(strategy: Strategy, down: ReadonlySet<string> = new Set()): LiveGateway {
  const model = { targets: [a, b, c], unsupported: 'refuse' as const };
  const gateway = createGateway({ models: { m: model } }, { log: pino({ level: 'silent' }) });
  gateway.use(
    definePlugin({
      name: 'three',
      apiVersion: 1,
      schema: { type: 'object' },
      apply(to) {
        to.dialect(openaiChat);
        for (const { provider } of [a, b, c]) {
          to.provider({
            name: provider,
            dialects: [],
            credentials: [],
            capabilities: () => ({}),
            call: () => {
              if (down.has(provider)) throw new Error('down');
              return Promise.resolve({
                events: [
                  { type: 'part-start', part: 't', choice: 0, kind: 'text' },
                  { type: 'part-delta', part: 't', text: provider },
                  { type: 'part-end', part: 't' },
                  { type: 'finish', choice: 0, reason: 'stop' },
                ],
              });
            },
          });
        }
        to.hooks.onError.tap({ name: 'three', stage: stage.reroute }, ({ untried: [next] }) =>
          next === undefined ? undefined : { target: next },
        );
      },
    }),
    {},
  );
  return gateway.use(loadBalance, { strategy });
}

async function served(gateway: LiveGateway, session?: string): Promise<string | undefined> {
  const headers = new Map(session === undefined ? [] : [['x-session-id', session]]);
  const body = Buffer.from(JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'x' }] }));
  const reply = await gateway.handle({ dialect: 'openai-chat', path: '/v1/chat/completions', headers, body });
  await collectBytes(reply.bytes);
  await reply.settled;
  return reply.headers.get('x-tapgate-provider');
}

test('ten turns of one session go to one target, and move once when it fails', async () => {
  const down = new Set<string>();
  const gateway = gatewayWith('round-robin', down);
  const before = new Set<string | undefined>();
  for (let turn = 0; turn < 5; turn += 1) before.add(await served(gateway, 'one'));
  assert.equal(before.size, 1);
  const [home = ''] = before;
  down.add(home);
  const after = new Set<string | undefined>();
  for (let turn = 0; turn < 5; turn += 1) after.add(await served(gateway, 'one'));
  assert.equal(after.size, 1);
  assert.ok(!after.has(home));
  down.clear();
  assert.ok(after.has(await served(gateway, 'one')));
  await gateway.close();
});

test('without a session every strategy spreads', async () => {
  for (const strategy of ['weighted', 'round-robin', 'least-busy', 'latency'] as const) {
    const gateway = gatewayWith(strategy);
    const seen = new Set<string | undefined>();
    for (let request = 0; request < 60; request += 1) seen.add(await served(gateway));
    assert.equal(seen.size, 3, strategy);
    await gateway.close();
  }
});
