import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '@tapgate/core';
import { isStrictSchema } from './strict-schema.ts';

const closed = (properties: JsonObject, more: JsonObject = {}): JsonObject => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
  ...more,
});
const text = { type: 'string' };

test('a schema is strict where every object is closed and requires all it has', () => {
  assert.equal(isStrictSchema(closed({})), true);
  assert.equal(isStrictSchema(closed({ a: text, b: { type: ['string', 'null'] }, c: { enum: [1, 2] } })), true);
  assert.equal(isStrictSchema(closed({ a: closed({ b: { type: 'array', items: closed({ c: text }) } }) })), true);
  assert.equal(isStrictSchema(closed({ a: { anyOf: [text, { type: 'null' }] } }, { $defs: { d: closed({}) } })), true);
  assert.equal(isStrictSchema(closed({ a: { $ref: '#/$defs/d' } })), true);
});

test('a schema that is open anywhere is not strict', () => {
  for (const schema of [
    undefined,
    {},
    text,
    { type: 'object', properties: {} },
    closed({ a: text }, { required: [] }),
    closed({ a: text }, { additionalProperties: true }),
    closed({ a: {} }),
    closed({ a: { type: 'object' } }),
    closed({ a: { type: 'array', items: { type: 'object', properties: { b: text } } } }),
    closed({ a: { anyOf: [text, { type: 'object', properties: {} }] } }),
    closed({ a: text }, { $defs: { d: { type: 'object', properties: {} } } }),
    closed({ a: text }, { allOf: [] }),
    closed({ a: { oneOf: [text] } }),
    closed({}, { patternProperties: {} }),
  ]) {
    assert.equal(isStrictSchema(schema), false, JSON.stringify(schema));
  }
});
