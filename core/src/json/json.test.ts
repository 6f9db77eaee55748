import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asBoolean, asNumber, asString, isArray, isObject, parseObject } from './json.ts';
import { RawJson } from './raw-json.ts';

const kept = new RawJson('1e400', Infinity);

test('only an object with members is an object', () => {
  for (const value of [{}, { a: 1 }]) assert.ok(isObject(value));
  for (const value of [null, undefined, [], 'x', 1, true, new RawJson('{}', {})]) assert.ok(!isObject(value));
  assert.ok(isArray([]) && !isArray({ length: 0 }));
});

test('a value of the wrong kind reads as undefined', () => {
  assert.deepEqual([asString('x'), asString(1), asString(null)], ['x', undefined, undefined]);
  assert.deepEqual([asNumber(0), asNumber('0'), asNumber(kept)], [0, undefined, kept.value]);
  assert.deepEqual([asBoolean(false), asBoolean(0)], [false, undefined]);
});

test('parseObject gives an object or nothing', () => {
  assert.deepEqual(parseObject('{"a":[1]}'), { a: [1] });
  for (const text of ['[1]', 'null', '"x"', '1', '[DONE]', '{"a":', '']) assert.equal(parseObject(text), undefined);
});
