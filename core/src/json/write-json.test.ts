import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { RawJson } from './raw-json.ts';
import { readJson } from './read-json.ts';
import { writeJson } from './write-json.ts';
import type { Json } from './json.ts';

test('writeJson writes what JSON.stringify writes', () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
      assert.equal(writeJson(value as Json), JSON.stringify(value));
    }),
  );
  const odd = { gone: undefined, zero: -0, none: [Number.NaN, Infinity], lone: '\ud800', 1: 'first', '"': '' };
  assert.equal(writeJson(odd), JSON.stringify(odd));
  assert.equal(writeJson([undefined] as any), '[null]');
});

test('a RawJson is written as it was read, wherever it stands', () => {
  const raw = new RawJson('{ "b" : 1.0, "a" : 12345678901234567890 }', {});
  assert.equal(writeJson(raw), raw.text);
  assert.equal(writeJson([raw, { x: raw }]), `[${raw.text},{"x":${raw.text}}]`);
});

test('a text survives reading and writing but for the spaces outside of raw values', () => {
  fc.assert(
    fc.property(fc.json({ stringUnit: 'binary' }), (text) => {
      const minimal = JSON.stringify(JSON.parse(text));
      assert.equal(writeJson(readJson(minimal, { raw: new Set(['a', 'b']) })), minimal);
    }),
  );
});

test('a plain JSON.stringify of a RawJson gives its value', () => {
  assert.equal(JSON.stringify({ a: new RawJson('{ "b":1.0 }', { b: 1 }) }), '{"a":{"b":1}}');
});
