import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addUsage, noUsage, type Usage } from './usage.ts';

test('a sum has every bucket of both, and what only one of them has', () => {
  const one: Usage = {
    ...noUsage,
    input: 1,
    cacheWrite: 5,
    cacheWrite1h: 2,
    output: 4,
    reasoning: 1,
    calls: { web_search: 1 },
    tier: 'flex',
    billedNanos: 7n,
    raw: {},
  };
  const other: Usage = {
    ...noUsage,
    input: 2,
    output: 3,
    inputAudio: 2,
    calls: { web_search: 2, other: 1 },
    estimated: true,
  };
  assert.deepEqual(addUsage(one, other), {
    input: 3,
    cacheRead: 0,
    cacheWrite: 5,
    cacheWrite1h: 2,
    output: 7,
    reasoning: 1,
    inputAudio: 2,
    calls: { web_search: 3, other: 1 },
    estimated: true,
  });
});

test('nothing added changes nothing that is counted', () => {
  const one: Usage = { ...noUsage, input: 3, output: 4 };
  assert.deepEqual(addUsage(one, noUsage), one);
});
