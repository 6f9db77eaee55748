import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { legalName, ownName } from './legal-name.ts';

test('a legal name stays as it is', () => {
  assert.equal(legalName('get_weather-2'), 'get_weather-2');
});

test('a name with dots, slashes and colons becomes legal and comes back', () => {
  const name = legalName('functions.github/search:0');
  assert.match(name, /^[a-zA-Z0-9_-]+$/);
  assert.equal(ownName(name), 'functions.github/search:0');
});

test('what was never rewritten is not taken for a rewritten name', () => {
  for (const name of ['tapgate__zz', 'tapgate___zz', 'tapgate__a_', 'tapgate__get', 'tapgate___e']) {
    assert.equal(ownName(name), name);
    assert.equal(ownName(legalName(name)), name);
  }
});

test('every name becomes legal, differs from all others, and comes back', () => {
  const name = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.stringMatching(/^[\w.:/-]{0,20}$/),
    fc.stringMatching(/^tapgate__[\w]{0,9}$/),
  );
  fc.assert(
    fc.property(name, name, (one, other) => {
      assert.match(legalName(one), /^[a-zA-Z0-9_-]+$/);
      assert.equal(ownName(legalName(one)), one);
      assert.equal(legalName(one) === legalName(other), one === other);
    }),
  );
});
