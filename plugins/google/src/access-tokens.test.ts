import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Secret } from '@tapgate/core';
import { AccessTokens } from './access-tokens.ts';

const minute = 60_000;

function counted(fails: () => boolean = () => false): {
  readonly source: () => Promise<{ token: Secret; expiresInMs: number }>;
  count: number;
} {
  const state = {
    count: 0,
    source: async () => {
      state.count += 1;
      if (fails()) throw new Error('no token');
      return { token: new Secret(`token-${state.count}`), expiresInMs: 60 * minute };
    },
  };
  return state;
}

test('a token is kept until five minutes before its end', async () => {
  let now = 0;
  const { source } = counted();
  const tokens = new AccessTokens(source, () => now);
  assert.equal((await tokens.get()).reveal(), 'token-1');
  now = 55 * minute - 1;
  assert.equal((await tokens.get()).reveal(), 'token-1');
  now = 55 * minute;
  assert.equal((await tokens.get()).reveal(), 'token-2');
});

test('a token that is soon to end serves while no new one can be had, and not longer', async () => {
  let now = 0;
  let fails = false;
  const tokens = new AccessTokens(counted(() => fails).source, () => now);
  await tokens.get();
  fails = true;
  now = 58 * minute;
  assert.equal((await tokens.get()).reveal(), 'token-1');
  now = 60 * minute;
  await assert.rejects(tokens.get(), /no token/);
  fails = false;
  assert.equal((await tokens.get()).reveal(), 'token-4');
});

test('a token that is dropped is not given again, and an old one drops nothing', async () => {
  const tokens = new AccessTokens(counted().source, () => 0);
  const first = await tokens.get();
  tokens.drop(first);
  const second = await tokens.get();
  assert.notEqual(second, first);
  tokens.drop(first);
  assert.equal(await tokens.get(), second);
});
