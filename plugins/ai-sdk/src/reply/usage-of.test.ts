import assert from 'node:assert/strict';
import { test } from 'node:test';
import { usageOf } from './usage-of.ts';

const read = { total: undefined, noCache: undefined, cacheRead: undefined, cacheWrite: undefined };
const written = { total: undefined, text: undefined, reasoning: undefined };

test('what a cache served and took is taken out of what was read, where the package does not do it', () => {
  const inputTokens = { ...read, total: 10, cacheRead: 4, cacheWrite: 1 };
  const usage = usageOf({ inputTokens, outputTokens: { total: 7, text: 4, reasoning: 3 } });
  assert.deepEqual(usage, { input: 5, cacheRead: 4, cacheWrite: 1, output: 7, reasoning: 3, estimated: false });
});

test('what is told in parts alone is added up, and nonsense counts for nothing', () => {
  const usage = usageOf({ inputTokens: { ...read, noCache: 3 }, outputTokens: { ...written, text: 2, reasoning: 5 } });
  assert.deepEqual([usage?.input, usage?.output, usage?.reasoning], [3, 7, 5]);
  const odd = usageOf({
    inputTokens: { ...read, total: 3, cacheRead: Number.NaN },
    outputTokens: { total: 1, text: 1, reasoning: 9 },
  });
  assert.deepEqual([odd?.input, odd?.cacheRead, odd?.reasoning], [3, 0, 1]);
});

test('a package that tells nothing leaves it to the gateway to count', () => {
  assert.equal(usageOf({ inputTokens: read, outputTokens: written }), undefined);
  assert.equal(usageOf(undefined), undefined);
});
