import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readUsage } from './usage.ts';

test('what a tool brought into the prompt is input, thoughts are output, and what a cache gave is counted once', () => {
  const usage = readUsage({
    promptTokenCount: 100,
    toolUsePromptTokenCount: 20,
    cachedContentTokenCount: 60,
    candidatesTokenCount: 7,
    thoughtsTokenCount: 3,
  });
  assert.deepEqual([usage?.input, usage?.cacheRead, usage?.output, usage?.reasoning], [60, 60, 10, 3]);
});

test('sound is told apart in the prompt, in its cached part and in the answer', () => {
  const usage = readUsage({
    promptTokenCount: 100,
    cachedContentTokenCount: 40,
    candidatesTokenCount: 9,
    promptTokensDetails: [
      { modality: 'TEXT', tokenCount: 50 },
      { modality: 'AUDIO', tokenCount: 50 },
    ],
    cacheTokensDetails: [{ modality: 'AUDIO', tokenCount: 30 }],
    candidatesTokensDetails: [{ modality: 'AUDIO', tokenCount: 5 }],
  });
  assert.deepEqual(
    [usage?.input, usage?.inputAudio, usage?.cacheRead, usage?.cacheReadAudio, usage?.outputAudio],
    [60, 20, 40, 30, 5],
  );
});

test('the tier is told by either of the two APIs, and without a count there is no usage', () => {
  assert.equal(readUsage({ promptTokenCount: 1, trafficType: 'ON_DEMAND_FLEX' })?.tier, 'ON_DEMAND_FLEX');
  assert.equal(readUsage({ promptTokenCount: 1, serviceTier: 'flex' })?.tier, 'flex');
  assert.equal(readUsage({ trafficType: 'ON_DEMAND' }), undefined);
});
