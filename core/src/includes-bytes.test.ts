import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { includesBytes } from './includes-bytes.ts';

test('a run of bytes is found however it is cut, and only where it is', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', '~'), maxLength: 20 });
  const cuts = fc.array(fc.nat(20), { maxLength: 12 });
  const wanted = fc.string({ unit: fc.constantFrom('a', 'b', '~'), minLength: 2, maxLength: 4 });
  fc.assert(
    fc.property(letters, cuts, wanted, (text, at, run) => {
      const bytes = Buffer.from(text);
      const ends = [...at.map((cut) => Math.min(cut, bytes.length)), bytes.length].toSorted(
        (one, other) => one - other,
      );
      const chunks = ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
      assert.equal(includesBytes(chunks, Buffer.from(run)), text.includes(run));
    }),
    { numRuns: 1000 },
  );
});
