import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { skipString } from './skip-string.ts';

function skip(bytes: Buffer, from: number): number {
  return skipString(bytes, new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), from);
}

/** One character after the other. */
function skipSlowly(text: string): number {
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '"') return at + 1;
    if (text[at] === '\\') at++;
  }
  return -1;
}

const pieces = fc.constantFrom(
  '',
  'x',
  'xyz',
  '\\"',
  '\\\\',
  '\\',
  '"',
  'x'.repeat(70),
  'x'.repeat(600),
  `${'\\"'.repeat(5)}xx`,
  'é',
  '{}',
);
const text = fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join(''));

test('a string ends at its first quote without an escape, however long it is', () => {
  fc.assert(
    fc.property(text, fc.nat(20), (inside, before) => {
      const latin = Buffer.from(inside).toString('latin1');
      const bytes = Buffer.from(`${'"'.repeat(before)}${latin}`, 'latin1');
      const end = skipSlowly(latin);
      const found = skip(bytes, before);
      if (end === -1) assert.ok(found > bytes.length);
      else assert.equal(found, before + end);
    }),
    { numRuns: 2000 },
  );
});

test('a string goes on in the next chunk as if there were no cut', () => {
  fc.assert(
    fc.property(text, fc.nat(), (inside, place) => {
      const bytes = Buffer.from(inside);
      const cut = place % (bytes.length + 1);
      const [first, second] = [bytes.subarray(0, cut), bytes.subarray(cut)];
      const found = skip(first, 0);
      if (found <= first.length) return assert.equal(found, skip(bytes, 0));
      if (second.length === 0) return;
      const rest = skip(second, found - first.length - 1);
      const direct = skip(bytes, 0);
      assert.equal(
        rest > second.length ? `open ${rest - second.length}` : rest + cut,
        direct > bytes.length ? `open ${direct - bytes.length}` : direct,
      );
    }),
    { numRuns: 2000 },
  );
});
