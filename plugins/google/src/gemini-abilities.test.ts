import assert from 'node:assert/strict';
import { test } from 'node:test';
import { geminiAbilities } from './gemini-abilities.ts';

test('a model is known by its family, at either place', () => {
  assert.equal(geminiAbilities('gemini-2.5-flash')['thinkingMax'], 24_576);
  assert.equal(geminiAbilities('gemini-2.5-flash-lite-preview-09-2025')['thinkingMin'], 512);
  assert.deepEqual(geminiAbilities('publishers/google/models/gemini-3.1-pro-preview')['thinkingLevels'], [
    'low',
    'medium',
    'high',
  ]);
  assert.deepEqual(geminiAbilities('gemini-3-pro-preview')['thinkingLevels'], ['low', 'high']);
  assert.equal(geminiAbilities('gemini-3.8-flash')['prefill'], false);
  assert.equal(geminiAbilities('gemini-3-flash-preview')['prefill'], undefined);
  assert.equal(geminiAbilities('gemini-2.0-flash-001')['jsonSchemaField'], 'openapi');
  assert.deepEqual(geminiAbilities('some-model'), {});
});

test('every family that thinks by levels says which, and wants its calls signed', () => {
  for (const model of [
    'gemini-3-pro',
    'gemini-3.1-flash-lite',
    'gemini-3.5-flash',
    'gemini-3.7-flash',
    'gemini-3.9-ultra',
    'gemini-4-pro',
    'gemini-flash-latest',
  ]) {
    const able = geminiAbilities(model);
    assert.equal(able['thinking'], 'level', model);
    assert.equal(able['thoughtSignatures'], true, model);
    assert.ok(Array.isArray(able['thinkingLevels']), model);
  }
});
