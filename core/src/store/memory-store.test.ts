import assert from 'node:assert/strict';
import { test } from 'node:test';
import { storeContract } from '@tapgate/test-kit';
import { MemoryStore } from './memory-store.ts';

let time = 1_700_000_000_000;
const clock = {
  now: (): number => time,
  advance: (ms: number): void => {
    time += ms;
  },
};

storeContract(test, {
  name: 'memory',
  clock,
  open: () => {
    const store = new MemoryStore({ now: clock.now });
    return { store, close: () => store.close() };
  },
});

test('beyond its bounds the oldest entry goes first', async () => {
  const store = new MemoryStore({ maxEntries: 2 });
  for (const key of ['a', 'b', 'c']) await store.set(key, Buffer.from(key), { ttlMs: 1000 });
  assert.equal(await store.get('a'), undefined);
  assert.equal(Buffer.from((await store.get('c')) ?? []).toString(), 'c');
  const small = new MemoryStore({ maxBytes: 3 });
  await small.set('a', Buffer.from('aa'), { ttlMs: 1000 });
  await small.set('b', Buffer.from('bb'), { ttlMs: 1000 });
  assert.equal(await small.get('a'), undefined);
});

test('B-05 a clock that is set an hour on or back gives nothing back and locks nobody out', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
  const store = new MemoryStore();
  const claim = { key: 'a', limit: 10n, amount: 6n, windowMs: 3_600_000 };
  assert.equal((await store.reserve('one', [claim], 1000)).granted, true);
  for (const jumpMs of [3_600_000, -7_200_000]) {
    t.mock.timers.setTime(Date.now() + jumpMs);
    const { granted, claims } = await store.reserve(`after ${jumpMs}`, [claim], 1000);
    assert.equal(granted, false);
    // What is told is told by the clock on the wall.
    const inMs = (claims[0]?.resetsAt ?? 0) - Date.now();
    assert.ok(inMs > 3_500_000 && inMs < 3_700_000, String(inMs));
    assert.equal((await store.reserve(`fits ${jumpMs}`, [{ ...claim, amount: 1n }], 1000)).granted, true);
  }
});

test('B-05 a burst at the edge of a window stays within the limit, wherever the edge is', async () => {
  let now = 1_700_000_000_000;
  const store = new MemoryStore({ now: () => now });
  const granted: number[] = [];
  for (let at = 0; at < 2000; at += 1) {
    now += 97;
    const claim = { key: 'a', limit: 100n, amount: 1n, windowMs: 60_000 };
    if ((await store.reserve(String(at), [claim], 1000)).granted) granted.push(now);
  }
  for (const from of granted) {
    const within = granted.filter((moment) => moment >= from && moment < from + 60_000).length;
    assert.ok(within <= 100, `${within} in a minute`);
  }
  assert.ok(granted.length >= 300, `${granted.length} in all`);
});

test('a reservation costs the same beside many that are held', async () => {
  const store = new MemoryStore();
  const claim = { key: 'a', limit: 2n ** 60n, amount: 1n, windowMs: 60_000 };
  const round = async (from: number): Promise<number> => {
    const before = process.cpuUsage();
    for (let at = from; at < from + 2000; at += 1) await store.reserve(`id ${at}`, [claim], 3_600_000);
    const { user, system } = process.cpuUsage(before);
    return user + system;
  };
  await round(0);
  const first = await round(2000);
  for (let from = 4000; from < 20_000; from += 2000) await round(from);
  const last = Math.min(await round(20_000), await round(22_000), await round(24_000));
  assert.ok(last < first * 10, `${first} µs at first, ${last} µs in the end`);
});

test('a claim that never fits is told of no time when it would', async () => {
  const store = new MemoryStore({ now: clock.now });
  const never = { key: 'a', limit: 1n, amount: 2n, windowMs: 1000 } as const;
  assert.equal((await store.reserve('one', [never], 1000)).claims[0]?.resetsAt, time);
  await store.reserve('two', [{ ...never, amount: 1n }], 1000);
  time += 5000;
  assert.equal((await store.reserve('three', [never], 1000)).claims[0]?.resetsAt, time);
});

test('at once and by a promise it is the same store, and what is settled at once is forgotten', async () => {
  const store = new MemoryStore();
  const claim = { key: 'a', limit: 10n, amount: 6n, windowMs: 60_000 };
  assert.equal(store.direct.reserve('one', [claim], 60_000).granted, true);
  assert.deepEqual(await store.reserve('one', [claim], 60_000), store.direct.reserve('one', [claim], 60_000));
  assert.equal((await store.reserve('two', [claim], 60_000)).granted, false);
  store.direct.settle('one', [1n]);
  store.direct.settle('one', [10n]);
  await store.settle('one', [10n]);
  assert.equal(store.direct.reserve('one', [{ ...claim, amount: 9n }], 60_000).granted, true);
  assert.throws(() => store.direct.reserve('odd', [{ ...claim, amount: -1n }], 1), RangeError);
});
