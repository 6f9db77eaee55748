import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AccessTokens, type FreshToken } from './access-tokens.ts';
import { Secret } from './secret.ts';

const minute = 60_000;

interface Counted {
  readonly source: () => Promise<FreshToken>;
  count: number;
}

function counted(fails: () => boolean = () => false): Counted {
  const state: Counted = {
    count: 0,
    source: async () => {
      state.count += 1;
      if (fails()) throw new Error('no token');
      return { token: new Secret(`token-${state.count}`), expiresInMs: 60 * minute };
    },
  };
  return state;
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('a token is kept, and replaced from five minutes before its end on, while it still serves', async () => {
  let now = 0;
  const state = counted();
  const tokens = new AccessTokens(state.source, 'p', () => now);
  const given = async (): Promise<string> => (await tokens.get()).reveal();
  assert.equal(await given(), 'token-1');
  now = 55 * minute - 1;
  assert.equal(await given(), 'token-1');
  assert.equal(state.count, 1);
  now = 55 * minute;
  assert.equal(await given(), 'token-1');
  await settled();
  assert.equal(await given(), 'token-2');
  assert.equal(state.count, 2);
});

test('nobody waits for a replacement that hangs while the old token is good', async () => {
  let now = 0;
  let hangs = false;
  const { source } = counted();
  const tokens = new AccessTokens(
    () => (hangs ? new Promise<FreshToken>(() => {}) : source()),
    'p',
    () => now,
  );
  await tokens.get();
  hangs = true;
  now = 58 * minute;
  for (const _ of [1, 2]) assert.equal((await tokens.get()).reveal(), 'token-1');
});

test('a token that is soon to end serves while no new one can be had, and not longer', async () => {
  let now = 0;
  let fails = false;
  const state = counted(() => fails);
  const tokens = new AccessTokens(state.source, 'p', () => now);
  await tokens.get();
  fails = true;
  now = 58 * minute;
  for (const _ of [1, 2, 3]) {
    assert.equal((await tokens.get()).reveal(), 'token-1');
    await settled();
  }
  // One failure is not tried again by every request that follows.
  assert.equal(state.count, 2);
  now = 60 * minute;
  await assert.rejects(tokens.get(), /no token/);
  fails = false;
  assert.equal((await tokens.get()).reveal(), 'token-4');
});

test('a token is fetched once, however many wait for it', async () => {
  const state = counted();
  const tokens = new AccessTokens(state.source, 'p');
  const given = await Promise.all(Array.from({ length: 20 }, () => tokens.get()));
  assert.deepEqual([state.count, new Set(given).size], [1, 1]);
});

test('a token that is dropped is not given again, and an old one drops nothing', async () => {
  const tokens = new AccessTokens(counted().source, 'p', () => 0);
  const first = await tokens.get();
  tokens.drop(first);
  const second = await tokens.get();
  assert.notEqual(second, first);
  tokens.drop(first);
  assert.equal(await tokens.get(), second);
});
