import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { codePoints } from './code-points.ts';

test('characters beyond the basic plane count once, and broken pairs as they are', () => {
  assert.equal(codePoints('é🙂é'), 3);
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      assert.equal(codePoints(text), Array.from(text).length);
    }),
  );
  assert.equal(codePoints('\ud83d\ud83d\ude42\ude42'), Array.from('\ud83d\ud83d\ude42\ude42').length);
});
