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
