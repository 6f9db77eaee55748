import assert from 'node:assert/strict';
import { test } from 'node:test';
import { vendors } from './models/index.ts';
import { PriceList } from './price-list.ts';

const lists = new Map(vendors.map((vendor) => [vendor.name, new PriceList(vendor)]));
const found = (vendor: string, name: string): string | undefined => lists.get(vendor)?.find(name)?.name;

for (const [vendor, name, model] of [
  ['openai', 'gpt-5', 'gpt-5'],
  ['openai', 'GPT-5', 'gpt-5'],
  ['openai', 'gpt-5-2025-08-07', 'gpt-5'],
  ['openai', 'gpt-4o-2024-11-20', 'gpt-4o'],
  ['openai', 'gpt-4o-2024-05-13', 'gpt-4o-2024-05-13'],
  ['anthropic', 'claude-opus-4-5-20251101', 'claude-opus-4-5'],
  ['anthropic', 'claude-sonnet-4-20250514', 'claude-sonnet-4-0'],
  ['anthropic', 'claude-3-5-haiku-latest', 'claude-3-5-haiku'],
  ['anthropic', 'claude-sonnet-4-5[1m]', 'claude-sonnet-4-5'],
  ['google', 'models/gemini-2.5-pro', 'gemini-2.5-pro'],
  ['google', 'gemini-2.0-flash-001', 'gemini-2.0-flash'],
  ['google', 'gemini-2.5-flash-preview-09-2025', 'gemini-2.5-flash'],
  ['vertex', 'claude-opus-4-5@20251101', 'claude-opus-4-5'],
  ['vertex', 'claude-opus-4-8@default', 'claude-opus-4-8'],
  ['vertex', 'publishers/google/models/gemini-2.5-flash', 'gemini-2.5-flash'],
  ['bedrock', 'anthropic.claude-sonnet-4-5-20250929-v1:0', 'anthropic.claude-sonnet-4-5-20250929-v1:0'],
  ['bedrock', 'us.anthropic.claude-sonnet-4-5-20250929-v1:0', 'us.anthropic.claude-sonnet-4-5-20250929-v1:0'],
  ['bedrock', 'eu.anthropic.claude-sonnet-4-5-20250929-v1:0', 'us.anthropic.claude-sonnet-4-5-20250929-v1:0'],
  ['bedrock', 'global.anthropic.claude-opus-4-8', 'anthropic.claude-opus-4-8'],
  ['bedrock', 'us.amazon.nova-micro-v1:0', 'amazon.nova-micro-v1:0'],
  [
    'bedrock',
    'arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-3-haiku-20240307-v1:0',
    'anthropic.claude-3-haiku-20240307-v1:0',
  ],
  ['fireworks', 'accounts/fireworks/models/kimi-k2p6', 'kimi-k2p6'],
  ['openrouter', 'anthropic/claude-sonnet-4.5', 'anthropic/claude-sonnet-4.5'],
  ['xai', 'grok-4', 'grok-4.3'],
] as const)
  test(`${vendor} knows "${name}" as ${model}`, () => assert.equal(found(vendor, name), model));

for (const [vendor, name] of [
  ['openai', 'gpt-5-turbo'],
  ['openai', 'gpt-5-mini-high'],
  ['openai', 'gpt'],
  ['openai', 'my-deployment'],
  ['openai', 'ft:gpt-5:acme::1'],
  ['openrouter', 'anthropic/claude-sonnet-4.5:free'],
  ['bedrock', 'eu.amazon.nova-micro-v1:0'],
  ['bedrock', 'arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123'],
  ['anthropic', ''],
] as const)
  test(`${vendor} does not take "${name}" for another model`, () => assert.equal(found(vendor, name), undefined));

test('a profile of a geography is a tenth dearer than the global one', () => {
  const bedrock = lists.get('bedrock');
  const [global, us] = ['global.', 'us.'].map((of) => bedrock?.find(`${of}anthropic.claude-opus-4-8`)?.prices?.input);
  assert.deepEqual([global, us], ['5', '5.5']);
  const regional = lists.get('vertex-regional');
  assert.equal(regional?.find('claude-opus-4-8')?.factor, '1.1');
  assert.equal(regional?.find('gemini-2.5-pro')?.factor, undefined);
});
