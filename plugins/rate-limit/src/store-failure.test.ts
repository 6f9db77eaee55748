import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { eventually, OpenStore, says, world, type World } from './world.test.ts';

const refuses = (): Promise<void> => Promise.reject(new Error('the store is away'));
const hangs = (): Promise<void> => new Promise(() => {});

const hard = { name: 'hard', per: 'key', requests: 1000, window: '1m' };
const soft = { name: 'soft', per: 'key', requests: 5, window: '1m', onStoreFailure: 'open' };

async function statuses(at: World, count: number): Promise<readonly number[]> {
  const all: number[] = [];
  for (let number = 0; number < count; number += 1) all.push((await at.chat()).status);
  return all;
}

for (const [what, broken] of [
  ['fails', refuses],
  ['hangs', hangs],
] as const) {
  test(`B-06 threat, B-09 a store that ${what} lets nothing through that must be counted, and is found again by itself`, async () => {
    await using at = await world({ limits: [hard] });
    assert.deepEqual(await statuses(at, 2), [200, 200]);
    at.store.before = broken;
    const refused = await at.chat();
    assert.equal(refused.status, 503);
    assert.match(refused.text, /does not answer/);
    assert.equal(refused.headers.get('retry-after'), '1');
    assert.equal(at.upstream.requests.length, 2);
    assert.deepEqual(await statuses(at, 8), Array(8).fill(503));
    at.store.before = () => Promise.resolve();
    await eventually(async () => (await at.chat()).status === 200);
    assert.deepEqual(await statuses(at, 3), [200, 200, 200]);
  });

  test(`B-06 threat: a store that ${what} leaves soft limits to this process, and never without any`, async () => {
    await using at = await world({ limits: [soft] });
    at.store.before = broken;
    const all = await statuses(at, 10);
    assert.deepEqual(all, [...Array<number>(5).fill(200), ...Array<number>(5).fill(429)]);
  });
}

test('B-07 threat: a store that hangs is waited for five times, and then hardly ever', async () => {
  await using at = await world({ limits: [{ ...soft, requests: 1000 }] });
  at.store.before = hangs;
  const from = performance.now();
  for (let count = 0; count < 40; count += 1) assert.equal((await at.chat()).status, 200);
  // Five that were waited for, and at most one a second since.
  const seconds = Math.ceil((performance.now() - from) / 1000);
  assert.ok(at.store.reserves >= 5 && at.store.reserves <= 6 + seconds, `${at.store.reserves} in ${seconds} s`);
});

test('B-07 threat: a store that is late has what it granted given back', async () => {
  await using at = await world({ limits: [{ name: 'l', per: 'key', requests: 10, concurrent: 1, window: '1m' }] });
  let go = (): void => {};
  const until = new Promise<void>((resolve) => (go = resolve));
  at.store.before = () => until;
  assert.equal((await at.chat()).status, 503);
  at.store.before = () => Promise.resolve();
  go();
  await eventually(async () => at.store.settles > 0 && (await at.store.spent('l:concurrent')) === 0n);
  assert.equal(await at.store.spent('l:requests'), 0n);
  assert.equal((await at.chat()).status, 200);
});

test('a client that leaves while the store is asked holds nothing afterwards', async () => {
  await using at = await world({
    storeTimeoutMs: 5000,
    limits: [{ name: 'l', per: 'key', requests: 10, concurrent: 1, window: '1m' }],
  });
  let go = (): void => {};
  const until = new Promise<void>((resolve) => (go = resolve));
  at.store.before = () => until;
  const leave = new AbortController();
  const left = at.chat({}, { signal: leave.signal });
  while (at.store.reserves === 0) await wait(5);
  leave.abort();
  await left;
  await at.settled(1);
  at.store.before = () => Promise.resolve();
  go();
  await eventually(async () => at.store.settles > 0 && (await at.store.spent('l:concurrent')) === 0n);
  assert.equal(await at.store.spent('l:requests'), 0n);
  assert.equal(at.upstream.requests.length, 0);
});

test('limits of both kinds at once: one that must be counted closes', async () => {
  await using at = await world({ limits: [hard, soft] });
  at.store.before = refuses;
  assert.equal((await at.chat()).status, 503);
});

test('shadow limits fail no request, whatever the store does', async () => {
  await using at = await world({ shadow: true, limits: [hard] });
  at.store.before = refuses;
  assert.equal((await at.chat()).status, 200);
});

test('a settlement that fails keeps nobody waiting, and fails no request', async () => {
  await using at = await world({ limits: [{ name: 'l', per: 'key', tokens: 100_000, window: '1m' }] });
  const settle = at.store.settle;
  at.store.settle = () => Promise.reject(new Error('away'));
  assert.equal((await at.chat()).status, 200);
  at.store.settle = hangs;
  assert.equal((await at.chat()).status, 200);
  await at.settled(2);
  at.store.settle = settle;
  assert.equal((await at.chat()).status, 200);
});

test('a store that answers while this process is busy is not called late', async () => {
  await using at = await world({ storeTimeoutMs: 20, limits: [hard] }, { answer: says(), store: new OpenStore() });
  at.store.before = () =>
    new Promise((resolve) => {
      setImmediate(() => {
        setImmediate(resolve);
        const until = performance.now() + 60;
        while (performance.now() < until);
      });
    });
  assert.equal((await at.chat()).status, 200);
});
