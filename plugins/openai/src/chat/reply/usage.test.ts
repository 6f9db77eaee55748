import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fixtures, fixturesFolder, noFixtures } from '@tapgate/test-kit';
import { openaiChat } from '../openai-chat.ts';
import { readUsage, usageIn } from './usage.ts';
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
  assert.equal(
    readUsage({ prompt_tokens: 1, cost: { input_tokens_cost: 0.1, total_cost: 0.006 } }).billedNanos,
    6_000_000n,
  );
  assert.equal(readUsage({ prompt_tokens: 1, cost: 0 }).billedNanos, 0n);
  assert.equal(readUsage({ prompt_tokens: 1 }).billedNanos, undefined);
});

test('the size of a search is what a request costs beside its tokens', () => {
  const usage = readUsage({ prompt_tokens: 1, completion_tokens: 1, search_context_size: 'medium' });
  assert.deepEqual(usage.calls, { search_context_medium: 1 });
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

test('pictures, transcripts and embeddings have other names for the same counts', () => {
  const picture = readUsage({
    input_tokens: 60,
    output_tokens: 1000,
    total_tokens: 1060,
    input_tokens_details: { text_tokens: 10, image_tokens: 50 },
    output_tokens_details: { image_tokens: 1000, text_tokens: 0 },
  });
  assert.deepEqual([picture.input, picture.inputImage, picture.output, picture.outputImage], [60, 50, 1000, 1000]);
  const details = { text_tokens: 4, audio_tokens: 14 };
  const transcript = readUsage({ type: 'tokens', input_tokens: 18, input_token_details: details, output_tokens: 9 });
  assert.deepEqual([transcript.input, transcript.inputAudio, transcript.output], [18, 14, 9]);
  assert.deepEqual([readUsage({ total_tokens: 3 }).input, readUsage({ total_tokens: 3 }).output], [3, 0]);
});

test('a usage without a count of tokens is none', () => {
  for (const usage of [null, {}, { prompt_tokens: null }, { type: 'duration', seconds: 9 }, { prompt_tokens: 'many' }])
    assert.equal(usageIn({ usage }), undefined, JSON.stringify(usage));
  assert.ok(usageIn({ usage: { prompt_tokens: 0 } }));
});
