import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isMap, pathText, valueAt } from './config-path.ts';

test('a path is written as people write it, with quotes where a name needs them', () => {
  assert.equal(pathText(['plugins', 2, 'options', 'maxTokens']), 'plugins[2].options.maxTokens');
  assert.equal(pathText(['models', 'gpt-4.1', 0]), 'models["gpt-4.1"][0]');
  assert.equal(pathText([]), '');
});

test('what stands at a path is found, and nothing that is only inherited', () => {
  assert.equal(valueAt({ a: [{ b: 1 }] }, ['a', 0, 'b']), 1);
  assert.equal(valueAt({}, ['constructor']), undefined);
  assert.equal(valueAt('text', ['length']), undefined);
});

test('a map is a plain object and nothing else', () => {
  assert.ok([{}, Object.create(null)].every(isMap));
  assert.ok(![null, [], new Map(), new Date(), 'text', 1].some(isMap));
});
