import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { toolNames } from './tool-names.ts';

test('any name becomes a legal one of its own, and is found again', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }), (name) => {
      const written = toolNames.legal(name);
      assert.match(written, /^[A-Za-z_][A-Za-z\d_.:-]*$/);
      assert.equal(toolNames.own(written), name);
    }),
  );
});

test('a legal name stays as it is, and one that looks rewritten is kept apart', () => {
  assert.equal(toolNames.legal('get_weather.v2:x-1'), 'get_weather.v2:x-1');
  assert.notEqual(toolNames.legal('tapgate__x'), 'tapgate__x');
  assert.equal(toolNames.own(toolNames.legal('tapgate__x')), 'tapgate__x');
});
