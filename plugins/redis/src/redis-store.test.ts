import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import type { Claim, Store } from '@tapgate/core';
import { storeContract } from '@tapgate/test-kit';
import { between } from './between.test.ts';
import { anyServer, ownPrefix, ownServer, skip, skipAny, storeAt, until } from './own-server.test.ts';
import { maxToldBytes } from './value-scripts.ts';

test('the contract of stores', { skip: skipAny, concurrency: true }, async (context) => {
  await using server = await anyServer();
  const done: Promise<void>[] = [];
  storeContract((name, body) => void done.push(context.test(name, body)), {
    name: 'redis',
    shared: true,
    open: async () => {
      const prefix = ownPrefix();
      const [{ store }, { store: other }] = [storeAt(server.url, prefix), storeAt(server.url, prefix)];
      await Promise.all([store.open(), other.open()]);
      return {
        store,
        other,
        close: async () => {
          await Promise.all([store.close(), other.close()]);
        },
      };
    },
  });
  await Promise.all(done);
});

const windowed = (amount: bigint, limit = 10n): Claim => ({ key: 'w', amount, limit, windowMs: 600_000 });
const held = (amount: bigint, limit = 10n): Claim => ({ key: 'c', amount, limit, windowMs: 'concurrent' });

test('every key dies by itself', { skip: skipAny }, async () => {
  await using server = await anyServer();
  const prefix = ownPrefix();
  const { store } = storeAt(server.url, prefix);
  await store.open();
  await store.set('value', Buffer.from('x'), { ttlMs: 60_000 });
  for (const id of ['one', 'two', 'three']) await store.reserve(id, [windowed(1n), held(1n)], 60_000);
  await store.settle('one', [5n, 0n]);
  await store.settle('nobody', [1n]);
  const keys = (await server.command('KEYS', `${prefix}*`)) as string[];
  assert.deepEqual(keys.map((key) => key.slice(prefix.length)).toSorted(), [
    'c:c',
    'probe',
    'r:one',
    'r:three',
    'r:two',
    'v:value',
    'w:600000:w',
  ]);
  for (const key of keys) {
    const leftMs = Number(await server.command('PTTL', key));
    assert.ok(leftMs > 0 && leftMs <= 620_000, `${key} lives for ${leftMs} ms`);
  }
  for (const id of ['two', 'three']) await store.settle(id, [0n, 0n]);
  assert.equal(await server.command('EXISTS', `${prefix}c:c`), 0, 'what is held by nobody takes no room');
  await store.close();
});

// B-05
test(
  'clocks of processes count for nothing: the time is the server’s, and waits are told as they are',
  { skip: skipAny },
  async (t) => {
    await using server = await anyServer();
    const prefix = ownPrefix();
    const { store } = storeAt(server.url, prefix);
    await store.open();
    assert.equal((await store.reserve('now', [windowed(10n)], 60_000)).granted, true);
    t.after(() => mock.timers.reset());
    for (const jumpMs of [3_600_000, -3_600_000]) {
      mock.timers.enable({ apis: ['Date'], now: Date.now() + jumpMs });
      const { granted, claims } = await store.reserve(`then ${jumpMs}`, [windowed(1n)], 60_000);
      const waitMs = (claims[0]?.resetsAt ?? 0) - Date.now();
      mock.timers.reset();
      assert.equal(granted, false);
      assert.ok(waitMs > 590_000 && waitMs < 610_000, `${waitMs} ms`);
    }
    await store.close();
  },
);

// B-05
test('a server whose clock has gone back locks nobody out for longer than the window', { skip: skipAny }, async () => {
  await using server = await anyServer();
  const prefix = ownPrefix();
  const { store } = storeAt(server.url, prefix);
  await store.open();
  const ahead = String(Date.now() + 86_400_000);
  await server.command('HSET', `${prefix}w:600000:w`, 't', '10', 'o', ahead, 'n', ahead, ahead, '10');
  const { granted, claims } = await store.reserve('one', [windowed(1n)], 60_000);
  assert.equal(granted, false, 'what was spent still counts');
  assert.ok((claims[0]?.resetsAt ?? 0) - Date.now() < 620_000, 'and is let go in a window’s time');
  await store.close();
});

// B-04
test('what the server has lost counts in nobody’s favour', { skip: skipAny }, async () => {
  await using server = await anyServer();
  const prefix = ownPrefix();
  const { store } = storeAt(server.url, prefix);
  await store.open();
  await store.reserve('one', [windowed(8n), held(8n)], 60_000);
  await server.command('DEL', `${prefix}w:600000:w`, `${prefix}c:c`);
  await store.settle('one', [3n, 0n]);
  const { claims } = await store.reserve('two', [windowed(0n), held(0n)], 60_000);
  assert.deepEqual(
    claims.map(({ remaining }) => remaining),
    [7n, 10n],
  );
  await server.command('DEL', `${prefix}r:two`);
  await store.settle('two', [9n, 9n]);
  assert.equal((await store.reserve('three', [windowed(7n), held(10n)], 60_000)).granted, true);
  await store.close();
});

test(
  'a server that forgets its programs is told them again, and nothing is lost by it',
  { skip: skipAny },
  async () => {
    await using server = await anyServer();
    const { store } = storeAt(server.url, ownPrefix());
    await store.open();
    await server.command('SCRIPT', 'FLUSH');
    const all = Array.from({ length: 20 }, (_, at) => store.reserve(`id-${at}`, [windowed(1n)], 60_000));
    assert.equal((await Promise.all(all)).filter(({ granted }) => granted).length, 10);
    await store.close();
  },
);

interface Heard {
  readonly key: string;
  readonly value: string | undefined;
  readonly size: number | undefined;
  readonly leftMs: number | undefined;
}

/** Watches what is below a prefix by one store and waits until it hears of what another one sets there. */
async function hearing(teller: Store, hearer: Store, prefix: string): Promise<Heard[]> {
  const heard: Heard[] = [];
  let ready = false;
  hearer.watch(prefix, (key, value, leftMs) => {
    if (key === `${prefix}ready`) ready = true;
    else
      heard.push({ key, value: value && Buffer.from(value).toString().slice(0, 10), size: value?.byteLength, leftMs });
  });
  await until(async () => {
    await teller.set(`${prefix}ready`, Buffer.from('1'), { ttlMs: 60_000 });
    return ready;
  }, 'the watcher hears');
  return heard;
}

test(
  'a value too large to be told with its news is read, and nothing older comes after it',
  { skip: skipAny },
  async () => {
    await using server = await anyServer();
    const prefix = ownPrefix();
    const [{ store }, { store: other }] = [storeAt(server.url, prefix), storeAt(server.url, prefix)];
    await Promise.all([store.open(), other.open()]);
    const heard = await hearing(store, other, 'k');
    const sizes = [maxToldBytes, maxToldBytes + 1, 3, 5_000_000];
    await Promise.all(sizes.map((size, at) => store.set(`k${at}`, Buffer.alloc(size, 'x'), { ttlMs: 60_000 })));
    await store.delete('k0');
    await until(() => heard.length === 5, 'all is told');
    assert.deepEqual(
      heard.map(({ key, size }) => `${key} ${size}`),
      [...sizes.map((size, at) => `k${at} ${size}`), 'k0 undefined'],
    );
    await Promise.all([store.close(), other.close()]);
  },
);

test(
  'who watches is told of what it missed while its connection was lost, and of nothing twice',
  { skip },
  async () => {
    await using server = await ownServer();
    await using wire = await between(server.port);
    const [{ store }, { store: other, logs }] = [storeAt(server.url, 'x:'), storeAt(wire.url, 'x:')];
    await Promise.all([store.open(), other.open()]);
    const heard = await hearing(store, other, 'w:');
    other.watch('w:', () => {
      throw new Error('It is broken.');
    });
    for (const key of ['w:same', 'w:changed', 'w:gone']) await store.set(key, Buffer.from('1'), { ttlMs: 60_000 });
    await until(() => heard.length === 3, 'all is told');
    heard.length = 0;
    wire.refuses = true;
    wire.cut();
    await store.set('w:changed', Buffer.from('2'), { ttlMs: 30_000 });
    await store.set('w:new', Buffer.from('3'), { ttlMs: 30_000 });
    await store.set('other', Buffer.from('4'), { ttlMs: 30_000 });
    await store.delete('w:gone');
    wire.refuses = false;
    await until(() => heard.length === 3, 'it hears again');
    await store.set('w:last', Buffer.from('5'), { ttlMs: 60_000 });
    await until(() => heard.length === 4, 'it listens as before');
    const told = heard.map(({ key, value, leftMs }) => [key, value, leftMs !== undefined && leftMs <= 30_000]);
    assert.deepEqual(
      told.toSorted(([one], [two]) => String(one).localeCompare(String(two))),
      [
        ['w:changed', '2', true],
        ['w:gone', undefined, false],
        ['w:last', '5', false],
        ['w:new', '3', true],
      ],
    );
    for (const said of ['redis-watch is away', 'redis-watch is connected', 'who watches a store has thrown'])
      assert.ok(
        logs.some(({ msg }) => msg === said),
        said,
      );
    await Promise.all([store.close(), other.close()]);
  },
);

// B-03
test('what a process held when it was killed comes back with the end of its leases', { skip: skipAny }, async () => {
  await using server = await anyServer();
  const prefix = ownPrefix();
  const [{ store: killed }, { store }] = [storeAt(server.url, prefix), storeAt(server.url, prefix)];
  await Promise.all([killed.open(), store.open()]);
  for (let at = 0; at < 10; at += 1) await killed.reserve(`lost-${at}`, [held(1n), windowed(1n)], 300 + at);
  await killed.close();
  assert.equal((await store.reserve('early', [held(1n)], 60_000)).granted, false);
  await wait(350);
  const { granted, claims } = await store.reserve('late', [held(10n)], 60_000);
  assert.equal(granted, true);
  assert.equal(claims[0]?.remaining, 0n);
  assert.equal((await store.reserve('more', [windowed(1n)], 60_000)).granted, false, 'what was spent stays spent');
  await store.close();
});
