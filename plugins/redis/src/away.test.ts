import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Claim } from '@tapgate/core';
import { between } from './between.test.ts';
import { freePort, ownServer, skip, storeAt, type Told, until } from './own-server.test.ts';
import { RedisAway } from './redis-away.ts';
import type { RedisStore } from './redis-store.ts';

const one = (limit = 10n): readonly Claim[] => [
  { key: 'c', amount: 1n, limit, windowMs: 'concurrent' },
  { key: 'w', amount: 1n, limit: 1000n, windowMs: 600_000 },
];

/** How a promise ends, and after how long. */
async function ending(promise: Promise<unknown>): Promise<{ readonly error: unknown; readonly ms: number }> {
  const begun = performance.now();
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return { error, ms: performance.now() - begun };
}

async function remaining(store: RedisStore): Promise<readonly bigint[]> {
  const nothing = one().map((claim) => ({ ...claim, amount: 0n }));
  const { claims } = await store.reserve(`look-${Math.random()}`, nothing, 1000);
  return claims.map((claim) => claim.remaining);
}

const said = ({ logs }: Told, msg: string): number => logs.filter((line) => line['msg'] === msg).length;

// House promise 9, A-03
test(
  'a server that is not there yet keeps nothing from beginning, and is used as soon as it is there',
  { skip },
  async () => {
    await using server = await ownServer();
    await server.kill();
    const told = storeAt(server.url, 'x:');
    const { store } = told;
    await store.open();
    assert.equal(store.usable, false);
    const { error } = await ending(store.reserve('early', one(), 60_000));
    assert.ok(error instanceof RedisAway);
    assert.equal(error.asked, false);
    assert.match(error.message, /The store is away: connect ECONNREFUSED/);
    await store.settle('early', [0n]);
    await server.start();
    await until(() => store.usable, 'it is used', 5000);
    assert.equal((await store.reserve('then', one(), 60_000)).granted, true);
    await server.kill();
    await until(() => !store.usable, 'it is missed');
    await server.start();
    await until(() => store.usable, 'it is used again', 5000);
    assert.equal((await store.reserve('again', one(), 60_000)).granted, true);
    assert.equal(said(told, 'redis is connected'), 2);
    assert.ok(said(told, 'redis is away') <= 4, 'what is said of an outage does not grow with it');
    await store.close();
  },
);

// B-07
test('a server that is silent costs five commands their time, and then nobody any', { skip }, async () => {
  await using server = await ownServer();
  const patience = { timeoutMs: 200, failures: 5, connectTimeoutMs: 1000 };
  const { store } = storeAt(server.url, 'x:', {}, patience);
  await store.open();
  for (const id of ['held', 'other']) assert.equal((await store.reserve(id, one(), 60_000)).granted, true);
  server.freeze();
  const slow = await Promise.all(
    Array.from({ length: 5 }, (_, at) => ending(store.reserve(`slow-${at}`, one(), 60_000))),
  );
  for (const { error, ms } of slow) {
    assert.ok(error instanceof RedisAway && error.asked, String(error));
    assert.ok(ms >= 195, `${ms} ms`);
  }
  // Whether one waited shows in whether it was sent.
  const quick = await Promise.all(
    Array.from({ length: 1000 }, (_, at) => ending(store.reserve(`quick-${at}`, one(), 60_000))),
  );
  for (const { error } of quick) assert.ok(error instanceof RedisAway && !error.asked, String(error));
  // What ends meanwhile is told when it can be, and what was never sent is not.
  await Promise.all(['held', 'slow-0', 'slow-1', 'quick-0'].map((id) => store.settle(id, [0n, 0n])));
  server.thaw();
  await until(() => store.usable, 'it is used again', 5000);
  await until(
    async () => (await remaining(store))[0] === 6n,
    'four are held: "other", and those that nobody has settled',
  );
  assert.deepEqual(await remaining(store), [6n, 996n]);
  await Promise.all(['other', 'slow-2', 'slow-3', 'slow-4'].map((id) => store.settle(id, [0n, 0n])));
  assert.deepEqual(await remaining(store), [10n, 1000n]);
  await store.close();
});

test('a reservation that arrives after it was settled counts nothing', { skip }, async () => {
  await using server = await ownServer();
  await using wire = await between(server.port);
  const { store } = storeAt(wire.url, 'x:', {}, { timeoutMs: 100, failures: 100 });
  await store.open();
  // Held back on the way there; the connection on which it waits is lost, and the settlement takes another.
  wire.holds = true;
  const { error } = await ending(store.reserve('late', one(), 60_000));
  assert.ok(error instanceof RedisAway && error.asked);
  wire.drop();
  await until(() => !store.usable, 'the connection is lost');
  wire.holds = false;
  await until(() => store.usable, 'there is another');
  await store.settle('late', [0n, 0n]);
  wire.release();
  await until(() => wire.commands.filter((name) => name.startsWith('EVALSHA')).length >= 2, 'it arrives');
  assert.deepEqual(await remaining(store), [10n, 1000n]);
  await store.close();
});

test('a second try under the same id does not hide the first, which may have been made', { skip }, async () => {
  await using server = await ownServer();
  const { store } = storeAt(server.url, 'x:', {}, { timeoutMs: 100, failures: 1 });
  await store.open();
  server.freeze();
  const first = (await ending(store.reserve('one', one(), 60_000))).error;
  const second = (await ending(store.reserve('one', one(), 60_000))).error;
  assert.ok(first instanceof RedisAway && second instanceof RedisAway);
  assert.deepEqual([first.asked, second.asked], [true, false]);
  await store.settle('one', [0n, 0n]);
  server.thaw();
  await until(() => store.usable, 'it is used again', 5000);
  await until(async () => (await remaining(store))[0] === 10n, 'it is settled');
  await store.close();
});

// C-04
test('a late answer is nobody else’s', { skip }, async () => {
  await using server = await ownServer();
  await using wire = await between(server.port);
  const { store } = storeAt(wire.url, 'x:', {}, { timeoutMs: 60, failures: 1_000_000 });
  await store.open();
  for (let at = 0; at < 50; at += 1) await store.set(`k${at}`, Buffer.from(String(at)), { ttlMs: 60_000 });
  let late = 0;
  for (let round = 0; round < 20; round += 1) {
    wire.delayMs = round % 2 === 0 ? 0 : 90;
    const all = Array.from({ length: 50 }, async (_, at) => {
      const value = await store.get(`k${at}`).catch(() => undefined);
      if (value === undefined) late += 1;
      else assert.equal(Buffer.from(value).toString(), String(at));
    });
    await Promise.all(all);
  }
  assert.ok(late > 0, 'some were late');
  await store.close();
});

test('a server that answers too slowly is not used, and says so', { skip }, async () => {
  await using server = await ownServer();
  await using wire = await between(server.port);
  wire.delayMs = 120;
  const told = storeAt(wire.url, 'x:', {}, { timeoutMs: 60 });
  await told.store.open();
  assert.equal(told.logs.find(({ msg }) => msg === 'redis is away')?.['reason'], 'it did not answer within 60 ms');
  assert.equal(told.store.usable, false);
  wire.delayMs = 0;
  await until(() => told.store.usable, 'it is used');
  await told.store.close();
});

test('a server that may not be written to is not used until it may', { skip }, async () => {
  await using server = await ownServer();
  const told = storeAt(server.url, 'x:');
  const { store } = told;
  await store.open();
  await server.command('CONFIG', 'SET', 'min-replicas-to-write', '1');
  const { error } = await ending(store.reserve('one', one(), 60_000));
  assert.ok(error instanceof RedisAway && !error.asked);
  assert.match(error.message, /NOREPLICAS/);
  assert.equal(store.usable, false);
  await server.command('CONFIG', 'SET', 'min-replicas-to-write', '0');
  await until(() => store.usable, 'it is used again', 5000);
  assert.equal((await store.reserve('one', one(), 60_000)).granted, true);
  await store.close();
});

test('a server that has no room keeps what it counts, and gives it back', { skip }, async () => {
  await using server = await ownServer();
  const { store } = storeAt(server.url, 'x:');
  await store.open();
  assert.equal((await store.reserve('one', one(), 60_000)).granted, true);
  await server.command('CONFIG', 'SET', 'maxmemory', '1');
  const { error } = await ending(store.reserve('two', one(), 60_000));
  assert.match(String(error), /OOM/);
  await store.settle('one', [0n, 0n]);
  await server.command('CONFIG', 'SET', 'maxmemory', '0');
  await until(() => store.usable, 'it is used again', 5000);
  await until(async () => (await remaining(store))[0] === 10n, 'what was settled meanwhile is told');
  await store.close();
});

test('closing ends whatever is under way: connecting, waiting, listening', { skip }, async () => {
  await using server = await ownServer();
  const nowhere = storeAt(`redis://127.0.0.1:${await freePort()}`, 'x:').store;
  await nowhere.open();
  const frozen = storeAt(server.url, 'x:', {}, { timeoutMs: 50, failures: 1 }).store;
  await frozen.open();
  frozen.watch('a', () => {});
  server.freeze();
  await ending(frozen.get('a'));
  const late = storeAt(server.url, 'x:').store;
  void late.open();
  await Promise.all([nowhere.close(), frozen.close(), late.close()]);
  server.thaw();
  const clients = async (): Promise<number> =>
    String(await server.command('CLIENT', 'LIST'))
      .trim()
      .split('\n').length;
  await until(async () => (await clients()) === 1, 'only the test itself is connected');
});

test('what cannot be told until it is closed is counted', { skip }, async () => {
  await using server = await ownServer();
  const told = storeAt(server.url, 'x:');
  const { store } = told;
  await store.open();
  for (const id of ['one', 'two', 'three']) await store.reserve(id, one(), 60_000);
  await server.kill();
  await until(() => !store.usable, 'it is missed');
  for (const id of ['one', 'two']) await store.settle(id, [0n, 0n]);
  await assert.rejects(store.settle('of another process', [0n]), RedisAway);
  await store.close();
  assert.equal(told.logs.find(({ msg }) => String(msg).startsWith('settlements'))?.['count'], 2);
});

test('a node of a cluster is used where all keys are in one slot, and else it is told why not', { skip }, async () => {
  await using server = await ownServer(() => ['--cluster-enabled', 'yes']);
  await server.command('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
  await until(async () => String(await server.command('CLUSTER', 'INFO')).includes('cluster_state:ok'), 'it is ready');
  const [tagged, other] = [storeAt(server.url, '{x}:').store, storeAt(server.url, 'x:').store];
  await Promise.all([tagged.open(), other.open()]);
  assert.equal((await tagged.reserve('one', one(), 60_000)).granted, true);
  await tagged.settle('one', [0n, 0n]);
  assert.deepEqual(await remaining(tagged), [10n, 1000n]);
  await tagged.set('k:1', Buffer.from('1'), { ttlMs: 60_000 });
  assert.equal(await tagged.delete('k:'), 1);
  await assert.rejects(other.reserve('one', one(), 60_000), /CROSSSLOT/);
  await Promise.all([tagged.close(), other.close()]);
});

test('a server that may throw counts away is warned of', { skip }, async () => {
  await using server = await ownServer(() => ['--maxmemory', '100mb', '--maxmemory-policy', 'allkeys-lru']);
  const told = storeAt(server.url, 'x:');
  await told.store.open();
  assert.equal(told.logs.find(({ msg }) => String(msg).startsWith('redis may throw'))?.['policy'], 'allkeys-lru');
  await told.store.close();
});

test('a process that was busy itself does not take a server for slow', { skip }, async () => {
  await using server = await ownServer();
  const { store } = storeAt(server.url, 'x:', {}, { timeoutMs: 150, failures: 1 });
  await store.open();
  for (const busyMs of [200, 400]) {
    for (const turns of [0, 1, 3]) {
      const asked = store.get('a');
      for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      for (const end = performance.now() + busyMs; performance.now() < end;);
      assert.equal(await asked, undefined);
    }
  }
  assert.equal(store.usable, true);
  await store.close();
});
