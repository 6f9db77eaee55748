import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseObject } from '@tapgate/core';
import { billedNanos } from './billed-nanos.ts';

const billed = (usage: string): bigint | undefined => billedNanos(parseObject(usage) ?? {});

test('a price is read as dollars, as the sum of a list, and as ticks', () => {
  assert.equal(billed('{"cost":0.000924}'), 924_000n);
  assert.equal(billed('{"cost":0}'), 0n);
  assert.equal(billed('{"cost":{"input_tokens_cost":0.001,"request_cost":0.005,"total_cost":0.006}}'), 6_000_000n);
  assert.equal(billed('{"estimated_cost":0.25}'), 250_000_000n);
  assert.equal(billed('{"cost_in_usd_ticks":1330500}'), 133_050n);
});

test('where a router used the operator’s own key, the vendor’s bill is added to the router’s', () => {
  const details = '"cost_details":{"upstream_inference_cost":19}';
  assert.equal(billed(`{"cost":0.95,"is_byok":true,${details}}`), 19_950_000_000n);
  assert.equal(billed(`{"cost":0.95,"is_byok":false,${details}}`), 950_000_000n);
  assert.equal(billed('{"cost":0.95,"is_byok":true,"cost_details":{"upstream_inference_cost":null}}'), undefined);
});

test('what cannot be a price is none, and never a crash', () => {
  for (const value of ['1e999', '-1', '1e300', 'null', '"1"', 'true', '{}', '[]', '{"total_cost":1e999}']) {
    assert.equal(billed(`{"cost":${value}}`), undefined, value);
    assert.equal(billed(`{"cost_in_usd_ticks":${value}}`), undefined, value);
  }
});
