import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fixtures, fixturesFolder, noFixtures } from '@tapgate/test-kit';
import { openaiChat } from '../openai-chat.ts';
import { readUsage } from './usage.ts';
import { writeUsage } from './write-usage.ts';

test('cached tokens are counted once, wherever a vendor puts them', () => {
  for (const cached of [
    { prompt_tokens_details: { cached_tokens: 1920 } },
    { prompt_cache_hit_tokens: 1920, prompt_cache_miss_tokens: 86 },
    { cached_tokens: 1920 },
    { num_cached_tokens: 1920 },
  ]) {
    const usage = readUsage({ prompt_tokens: 2006, completion_tokens: 300, total_tokens: 2306, ...cached });
    assert.deepEqual([usage.input, usage.cacheRead, usage.cacheWrite, usage.output], [86, 1920, 0, 300]);
  }
});

test('thinking that a vendor counts beside the completion is a part of the output', () => {
  const usage = readUsage({
    prompt_tokens: 291,
    completion_tokens: 26,
    total_tokens: 513,
    completion_tokens_details: { reasoning_tokens: 196 },
  });
  assert.deepEqual([usage.output, usage.reasoning], [222, 196]);
  const included = readUsage({
    prompt_tokens: 13,
    completion_tokens: 437,
    total_tokens: 450,
    completion_tokens_details: { reasoning_tokens: 427 },
  });
  assert.deepEqual([included.output, included.reasoning], [437, 427]);
});

test('counts that cannot be are kept within what can', () => {
  const odd = readUsage({
    prompt_tokens: 5,
    completion_tokens: 3,
    total_tokens: 8,
    prompt_tokens_details: { cached_tokens: 9 },
    completion_tokens_details: { reasoning_tokens: 7 },
  });
  assert.deepEqual([odd.input, odd.reasoning, odd.estimated], [0, 3, true]);
  const none = readUsage({ prompt_tokens: null, completion_tokens: 'x' });
  assert.deepEqual([none.input, none.output], [0, 0]);
  const endless = readUsage({ prompt_tokens: Infinity, completion_tokens: Infinity, cost: Infinity });
  assert.deepEqual([endless.input, endless.output, endless.billedNanos], [0, 0, undefined]);
});

test('a vendor’s own price is kept to the billionth of a dollar', () => {
  assert.equal(readUsage({ prompt_tokens: 1, cost: 0.000924 }).billedNanos, 924_000n);
  assert.equal(readUsage({ prompt_tokens: 1, cost_in_usd_ticks: 1_330_500 }).billedNanos, 133_050n);
  assert.equal(readUsage({ prompt_tokens: 1 }).billedNanos, undefined);
});

test('what is written says the same sums, and keeps what only the vendor counts', () => {
  const raw = {
    prompt_tokens: 291,
    completion_tokens: 26,
    total_tokens: 513,
    completion_tokens_details: { reasoning_tokens: 196, audio_tokens: 0 },
    cost_in_usd_ticks: 7,
  };
  const written = writeUsage(readUsage(raw));
  assert.deepEqual(
    [written['prompt_tokens'], written['completion_tokens'], written['total_tokens'], written['cost_in_usd_ticks']],
    [291, 222, 513, 7],
  );
});

test(
  'in every recording the buckets add up to what the vendor says',
  { skip: fixturesFolder() === undefined ? noFixtures : false },
  () => {
    for (const { name, bytes, streamed, entry } of fixtures({ dialect: 'openai-chat', ok: true, whole: true })) {
      const reader = openaiChat.reader({ streamed, provider: entry.provider, able: {} });
      const found = [...reader.push(bytes), ...reader.end()].findLast((event) => event.type === 'usage');
      if (found?.type !== 'usage') continue;
      const { usage } = found;
      const raw = usage.raw as Record<string, number>;
      assert.equal(usage.input + usage.cacheRead + usage.cacheWrite, raw['prompt_tokens'], name);
      assert.ok(usage.reasoning <= usage.output, name);
      if (raw['total_tokens'] !== undefined)
        assert.equal(usage.input + usage.cacheRead + usage.cacheWrite + usage.output, raw['total_tokens'], name);
    }
  },
);
