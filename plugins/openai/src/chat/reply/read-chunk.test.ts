import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { readJson } from '@tapgate/core';
import { readWhole } from './read-chunk.ts';

const digits = fc.stringMatching(/^(?:0|[1-9]\d{0,24})$/);
const fraction = fc.stringMatching(/^(?:\.\d{1,24})?$/);
const exponent = fc.stringMatching(/^(?:[eE][+-]?\d{1,4})?$/);
const number = fc.tuple(fc.constantFrom('', '-'), digits, fraction, exponent).map((parts) => parts.join(''));
const value = fc.oneof(number, fc.json(), fc.constant('{ "a": 1 }'), fc.constant('"{}"'));
const key = fc.constantFrom('cost', 'arguments', 'usage', '__proto__', 'x');

test('the quick way of reading an answer gives what the exact one gives', () => {
  const raw = new Set(['arguments']);
  fc.assert(
    fc.property(
      fc.array(fc.tuple(key, value), { maxLength: 5 }),
      fc.constantFrom('', ' ', '\n\t'),
      (members, space) => {
        const inner = members.map(([name, text]) => `"${name}"${space}:${space}${text}`).join(`,${space}`);
        const text = `{"inner":${space}{${inner}}}`;
        assert.deepStrictEqual(readWhole(text), readJson(text, { raw }));
      },
    ),
    { numRuns: 2000 },
  );
});

test('what is no object is nothing', () => {
  for (const text of ['', '[]', '"a"', '{', '{"a":1,}', 'NaN', '{"a":NaN}']) assert.equal(readWhole(text), undefined);
});
