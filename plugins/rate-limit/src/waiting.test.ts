import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { definePlugin } from '@tapgate/core';
import queue from '@tapgate/queue';
import { type Answer, step } from '@tapgate/test-kit';
import { eventually, OpenStore, says, world } from './world.test.ts';

const slowly = (ms: number): Answer => [step.sleep(ms), ...(says() as [])];

test('with a queue what does not fit waits for its turn, and is served', async () => {
  await using at = await world({ limits: [{ per: 'key', requests: 2, window: '1s' }] }, { before: [[queue]] });
  const answers = await Promise.all(Array.from({ length: 4 }, () => at.chat()));
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 200, 200, 200],
  );
  const waited = answers.filter(({ headers }) => headers.has('x-tapgate-queue-wait-ms'));
  assert.equal(waited.length, 2);
});

for (const atOnce of [true, false])
  test(`places that become free go to those who wait, one after the other, the store ${atOnce ? 'here' : 'elsewhere'}`, async () => {
    await using at = await world(
      { limits: [{ name: 'l', per: 'key', concurrent: 1 }] },
      { before: [[queue]], answer: slowly(20), store: new OpenStore({ atOnce }) },
    );
    let most = 0;
    const watch = setInterval(() => (most = Math.max(most, at.upstream.busy + at.second.busy)), 1);
    const answers = await Promise.all(Array.from({ length: 6 }, () => at.chat()));
    clearInterval(watch);
    assert.ok(answers.every(({ status }) => status === 200));
    assert.equal(most, 1);
    await at.settled(6);
    assert.equal(await at.store.spent('l:'), 0n);
  });

test('what the queue refuses counts nowhere, and says which limit was waited for', async () => {
  await using at = await world(
    {
      limits: [
        { name: 'narrow', per: 'key', requests: 1, window: '1h' },
        { name: 'wide', per: 'tenant', requests: 10, window: '1h' },
      ],
    },
    { before: [[queue, { maxWaitMs: 100 }]] },
  );
  assert.equal((await at.chat()).status, 200);
  const refused = await at.chat();
  assert.ok(refused.status === 429 || refused.status === 503, refused.text);
  assert.match(refused.text, /narrow/);
  assert.ok(refused.headers.has('retry-after'));
  await at.settled(2);
  assert.equal(await at.store.spent('wide'), 1n);
});

test('B-10 who leaves while it waits holds nothing, and is never sent', async () => {
  await using at = await world(
    { limits: [{ name: 'l', per: 'key', concurrent: 1, tokens: 100_000, window: '1m' }] },
    { before: [[queue]], answer: slowly(400) },
  );
  const first = at.chat();
  await at.upstream.request(0);
  const leave = new AbortController();
  const left = at.chat({}, { signal: leave.signal });
  await eventually(() => at.gateway.gateway.inFlight === 2);
  await wait(20);
  leave.abort();
  await left;
  assert.equal((await first).status, 200);
  await at.settled(2);
  await eventually(async () => (await at.store.spent('concurrent')) === 0n);
  assert.equal(at.upstream.requests.length, 1);
  assert.equal(await at.store.spent('concurrent'), 0n);
  assert.equal(await at.store.spent('tokens'), 12n);
});

test('an attempt waits for its provider where nobody else could take it', async () => {
  await using at = await world(
    { limits: [{ name: 'l', per: 'provider', concurrent: 1, tokens: 100_000, window: '1m' }] },
    { before: [[queue]], answer: slowly(30) },
  );
  const answers = await Promise.all(Array.from({ length: 4 }, () => at.chat({}, { model: 'only-a' })));
  assert.ok(answers.every(({ status }) => status === 200));
  await at.settled(4);
  await eventually(async () => (await at.store.spent('concurrent')) === 0n);
  assert.equal(await at.store.spent('tokens'), 48n);
});

test('what a provider has left is waited for', async () => {
  const left = (remaining: number): Record<string, string> => ({
    'x-ratelimit-limit-requests': '10',
    'x-ratelimit-remaining-requests': String(remaining),
    'x-ratelimit-reset-requests': '20s',
  });
  await using at = await world({}, { before: [[queue]], answer: says(undefined, left(9)) });
  at.upstream.queue(says(undefined, left(0)));
  await at.chat({}, { model: 'only-a' });
  const waited = await at.chat({}, { model: 'only-a' });
  assert.equal(waited.status, 200);
  assert.ok(waited.headers.has('x-tapgate-queue-wait-ms'));
});

test('who leaves while its attempt waits is charged nothing for it', async () => {
  await using at = await world(
    {
      limits: [
        { name: 'caller', per: 'key', tokens: 100_000, window: '1m' },
        { name: 'place', per: 'provider', concurrent: 1 },
      ],
    },
    { before: [[queue]], answer: slowly(400) },
  );
  const first = at.chat({}, { model: 'only-a' });
  await at.upstream.request(0);
  const leave = new AbortController();
  const left = at.chat({}, { model: 'only-a', signal: leave.signal });
  await eventually(() => at.gateway.gateway.inFlight === 2);
  await wait(20);
  leave.abort();
  await left;
  await first;
  await at.settled(2);
  await eventually(async () => (await at.store.spent('place')) === 0n);
  assert.equal(await at.store.spent('caller'), 12n);
});

/** A queue that lets everybody go at once, and writes down what it is told. */
function scribe(waiting: number): { readonly plugin: unknown[]; readonly told: string[] } {
  const told: string[] = [];
  const plugin = definePlugin({
    name: 'queue',
    apiVersion: 1,
    schema: { type: 'object' },
    apply: (gateway) =>
      gateway.provide('queue', {
        wait: (_, { resource, until }) => {
          told.push(`wait ${resource.split(':')[3]} ${until === 0 ? 'behind' : 'until'}`);
          return Promise.resolve();
        },
        waiting: () => waiting,
        freed: (resource) => void told.push(`freed ${resource.split(':')[3]}`),
      }),
  });
  return { plugin: [plugin], told };
}

test('who comes new and finds somebody waiting stands behind, before it tries', async () => {
  for (const atOnce of [true, false]) {
    const { plugin, told } = scribe(1);
    const store = new OpenStore({ atOnce });
    await using at = await world({ limits: [{ per: 'key', concurrent: 5 }] }, { before: [plugin], store });
    assert.equal((await at.chat()).status, 200);
    await at.settled(1);
    assert.deepEqual(told, ['wait concurrent behind', 'freed concurrent']);
  }
});

test('a queue that lets go without waiting does not keep the process busy for ever', async () => {
  const { plugin, told } = scribe(0);
  await using at = await world({ limits: [{ per: 'key', requests: 1, window: '1h' }] }, { before: [plugin] });
  assert.equal((await at.chat()).status, 200);
  assert.equal((await at.chat()).status, 429);
  assert.ok(told.length > 100 && told.length < 2000, String(told.length));
});
