import assert from 'node:assert/strict';
import { test } from 'node:test';
import { claudeAbilities } from './claude-abilities.ts';

test('a model is known by its name at every cloud', () => {
  for (const model of [
    'claude-opus-4-8',
    'claude-opus-4-8-20260528',
    'us.anthropic.claude-opus-4-8-v1:0',
    'anthropic/claude-opus-4-8',
    'claude-opus-4-8@20260528',
    'anthropic/claude-opus-4.8',
  ]) {
    assert.equal(claudeAbilities(model)['sampling'], false, model);
  }
});

test('the more particular name wins', () => {
  assert.deepEqual(claudeAbilities('claude-opus-4-5')['thinkingModes'], ['enabled', 'disabled']);
  assert.equal(claudeAbilities('claude-opus-4-20250514')['maxOutputTokens'], 32_000);
  assert.deepEqual(claudeAbilities('claude-opus-5-5')['thinkingModes'], ['adaptive', 'disabled']);
  assert.equal(claudeAbilities('claude-3-5-sonnet-20241022')['maxOutputTokens'], 8192);
});

test('nothing is claimed of a model that is not known', () => {
  assert.deepEqual(claudeAbilities('deepseek-chat'), {});
  assert.equal(claudeAbilities('claude-next-9')['sampling'], undefined);
});
