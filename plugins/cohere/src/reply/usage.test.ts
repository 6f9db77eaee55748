import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readUsage } from './usage.ts';

test('tokens are those of the model, and what is billed of them stands beside them', () => {
  const usage = readUsage({
    billed_units: { input_tokens: 12, output_tokens: 7 },
    tokens: { input_tokens: 507, output_tokens: 10 },
    cached_tokens: 448,
  });
  assert.deepEqual([usage.input, usage.cacheRead, usage.output], [59, 448, 10]);
  assert.deepEqual(usage.billedTokens, { input: 12, output: 7 });
  assert.equal(usage.calls, undefined);
});

test('searches are calls, and where nothing is billed nothing is said of it', () => {
  assert.deepEqual(readUsage({ billed_units: { search_units: 2 } }).calls, { search_units: 2 });
  assert.equal(readUsage({ tokens: { input_tokens: 1, output_tokens: 1 } }).billedTokens, undefined);
});
