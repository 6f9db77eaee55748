import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { editDistance, nearest } from './nearest.ts';

test('the nearest word is the one with the fewest letters changed, whatever its case', () => {
  assert.equal(nearest('atempts', ['deadlineMs', 'attempts', 'attach']), 'attempts');
  assert.equal(nearest('apikey', ['apiKey', 'baseUrl']), 'apiKey');
  assert.equal(nearest('rate_limt', ['rate_limit', 'rate']), 'rate_limit');
  assert.equal(nearest('opennai', ['opencode', 'openai']), 'openai');
});

test('a word that is far from all others has none near it', () => {
  assert.equal(nearest('temperature', ['host', 'port', 'workers']), undefined);
  assert.equal(nearest('x', ['yy', 'zz']), undefined);
});

test('a word is not near itself', () => {
  assert.equal(nearest('port', ['port', 'ports']), 'ports');
});

test('letters that changed places are one mistake', () => {
  assert.equal(editDistance('prot', 'port'), 1);
});

const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 8 });

test('the distance is the same both ways, 0 for the same word alone, and 1 for one letter more', () => {
  fc.assert(
    fc.property(word, word, fc.nat(8), (one, other, at) => {
      assert.equal(editDistance(one, other), editDistance(other, one));
      assert.equal(editDistance(one, other) === 0, one === other);
      assert.equal(editDistance(one, `${one.slice(0, at)}x${one.slice(at)}`), 1);
    }),
  );
});

test('giving up at a bound never changes a distance below it', () => {
  fc.assert(
    fc.property(word, word, fc.integer({ min: 1, max: 9 }), (one, other, bound) => {
      assert.equal(editDistance(one, other, bound), Math.min(editDistance(one, other), bound));
    }),
  );
});
