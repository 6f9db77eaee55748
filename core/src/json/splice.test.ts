import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { splice } from './splice.ts';
import type { Edit } from './splice.ts';

function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const ends = [...places.map((place) => place % (bytes.length + 1)), bytes.length].toSorted(
    (one, other) => one - other,
  );
  return ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
}

/** Edits that do not overlap, from sorted pairs of places. */
function editsAt(places: readonly number[], length: number, bytes: readonly Uint8Array[]): Edit[] {
  const sorted = places.map((place) => place % (length + 1)).toSorted((one, other) => one - other);
  return bytes.slice(0, Math.floor(sorted.length / 2)).map((insert, index) => {
    return { start: sorted[index * 2]!, end: sorted[index * 2 + 1]!, bytes: insert };
  });
}

test('splice edits bytes as one would edit a text, however they are cut', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 60 }),
      fc.array(fc.nat(), { maxLength: 8 }),
      fc.array(fc.nat(), { maxLength: 8 }),
      fc.array(fc.uint8Array({ maxLength: 5 }), { minLength: 4 }),
      fc.nat(),
      (bytes, places, editPlaces, inserts, turn) => {
        const edits = editsAt(editPlaces, bytes.length, inserts);
        const expected: Uint8Array[] = [];
        let at = 0;
        for (const edit of edits) {
          expected.push(bytes.subarray(at, edit.start), edit.bytes);
          at = edit.end;
        }
        expected.push(bytes.subarray(at));
        const given = edits.toSpliced(0, turn % (edits.length + 1)).concat(edits.slice(0, turn % (edits.length + 1)));
        const ordered =
          given.length > 1 && new Set(edits.map(({ start }) => start)).size < edits.length ? edits : given;
        const spliced = splice(cut(bytes, places), ordered);
        assert.deepEqual(Buffer.concat(spliced.chunks), Buffer.concat(expected));
        assert.equal(spliced.length, Buffer.concat(expected).length);
        assert.ok(spliced.chunks.length <= 1);
      },
    ),
    { numRuns: 500 },
  );
});

test('a large body is not copied: the result shares its bytes', () => {
  const chunks = [Buffer.alloc(100_000, 1), Buffer.alloc(100_000, 2), Buffer.alloc(100_000, 3)];
  const insert = Buffer.from('new');
  const spliced = splice(chunks, [{ start: 150_000, end: 150_010, bytes: insert }]);
  assert.equal(spliced.length, 299_993);
  assert.deepEqual(
    spliced.chunks.map((chunk) => chunk.length),
    [100_000, 50_000, 3, 49_990, 100_000],
  );
  for (const chunk of spliced.chunks) {
    assert.ok([...chunks, insert].some(({ buffer }) => buffer === chunk.buffer));
  }
});

test('a small body comes out as one chunk', () => {
  const spliced = splice([Buffer.from('ab'), Buffer.from('cd')], [{ start: 1, end: 3, bytes: Buffer.from('-') }]);
  assert.deepEqual(spliced, { chunks: [Buffer.from('a-d')], length: 3 });
  const alone = Buffer.from('abc');
  assert.equal(splice([alone], []).chunks[0]?.buffer, alone.buffer);
});

test('what is inserted at one place stands in the order given, before what replaces the bytes there', () => {
  const insert = (text: string, start: number, end: number): Edit => ({ start, end, bytes: Buffer.from(text) });
  const { chunks } = splice([Buffer.from('abc')], [insert('X', 1, 2), insert('1', 1, 1), insert('2', 1, 1)]);
  assert.equal(Buffer.concat(chunks).toString(), 'a12Xc');
});

test('edits that overlap or lie outside are refused', () => {
  const bytes = Buffer.from('-');
  const bad: [number, number][][] = [
    [
      [0, 2],
      [1, 3],
    ],
    [[2, 1]],
    [[0, 5]],
    [[-1, 1]],
    [[Number.NaN, 1]],
  ];
  for (const edits of bad) {
    const given = edits.map(([start, end]) => ({ start, end, bytes }));
    assert.throws(() => splice([Buffer.from('abcd')], given), RangeError);
  }
});
