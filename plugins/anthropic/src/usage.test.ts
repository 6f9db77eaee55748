import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noUsage } from '@tapgate/core';
import { mergeUsage, readUsage, writeUsage } from './usage.ts';

test('cached tokens stand beside the input tokens and are not counted twice', () => {
  const usage = readUsage({
    input_tokens: 3,
    cache_creation_input_tokens: 12_304,
    cache_read_input_tokens: 0,
    cache_creation: { ephemeral_5m_input_tokens: 12_000, ephemeral_1h_input_tokens: 304 },
    output_tokens: 550,
  });
  assert.deepEqual(
    [usage.input, usage.cacheWrite, usage.cacheWrite1h, usage.cacheRead, usage.output],
    [3, 12_304, 304, 0, 550],
  );
});

test('the end of a stream overrides its beginning, and null says nothing', () => {
  const merged = mergeUsage(
    { input_tokens: 43, output_tokens: 1, cache_read_input_tokens: 7 },
    { input_tokens: 61, output_tokens: 2, cache_read_input_tokens: null },
  );
  const usage = readUsage(merged);
  assert.deepEqual([usage.input, usage.output, usage.cacheRead], [61, 2, 7]);
});

test('a compaction is billed beside the top-level counts', () => {
  const usage = readUsage({
    input_tokens: 10,
    output_tokens: 5,
    iterations: [
      { type: 'compaction', input_tokens: 1000, output_tokens: 50 },
      { type: 'message', input_tokens: 10, output_tokens: 5 },
    ],
  });
  assert.deepEqual([usage.input, usage.output], [1010, 55]);
});

test('server tools and the tier are read, and thinking is a part of the output', () => {
  const usage = readUsage({
    input_tokens: 1,
    output_tokens: 9,
    output_tokens_details: { thinking_tokens: 4 },
    server_tool_use: { web_search_requests: 2, web_fetch_requests: 0 },
    service_tier: 'priority',
  });
  assert.deepEqual([usage.reasoning, usage.calls, usage.tier], [4, { web_search_requests: 2 }, 'priority']);
});

test('fast answers are a tier of their own, and where an answer was computed is told', () => {
  const usage = readUsage({
    input_tokens: 1,
    output_tokens: 1,
    service_tier: 'standard',
    speed: 'fast',
    inference_geo: 'us',
  });
  assert.deepEqual([usage.tier, usage.region], ['fast', 'us']);
  assert.equal(readUsage({ input_tokens: 1, service_tier: 'standard', speed: 'standard' }).tier, 'standard');
});

test('an own usage object is given back as it came, unless its counts were changed', () => {
  const own = { input_tokens: 3, output_tokens: 4, speed: 'fast' };
  const usage = readUsage(own);
  assert.deepEqual(writeUsage(usage, own), own);
  assert.deepEqual(writeUsage({ ...usage, input: 8, raw: undefined }, own), { ...own, input_tokens: 8 });
});

test('usage of another vendor has all members that the schema requires', () => {
  const written = writeUsage({
    ...noUsage,
    input: 5,
    cacheRead: 2,
    cacheWrite: 4,
    cacheWrite1h: 1,
    output: 7,
    reasoning: 3,
  });
  assert.deepEqual(written, {
    input_tokens: 5,
    cache_creation_input_tokens: 4,
    cache_read_input_tokens: 2,
    output_tokens: 7,
    cache_creation: { ephemeral_1h_input_tokens: 1, ephemeral_5m_input_tokens: 3 },
    output_tokens_details: { thinking_tokens: 3 },
    server_tool_use: null,
    service_tier: null,
    inference_geo: null,
  });
});
