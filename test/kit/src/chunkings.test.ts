import assert from 'node:assert/strict';
import test from 'node:test';
import { chunkings, cutInTwo, inPieces, oneByOne, randomSplit } from './chunkings.ts';
import { seeded } from './seeded.ts';

const bytes = Buffer.from('data: {"text":"你好🙂é"}\r\n\r\n'.repeat(4));

test('every chunking holds the same bytes', () => {
  for (const { name, chunks } of chunkings(bytes)) assert.deepEqual(Buffer.concat(chunks), bytes, name);
  assert.equal(chunkings(bytes).length, 52);
});

test('one byte at a time is one byte at a time', () => {
  assert.ok(oneByOne(bytes).every((chunk) => chunk.byteLength === 1));
  assert.equal(oneByOne(bytes).length, bytes.length);
});

test('pieces have their size, but for the last', () => {
  assert.deepEqual(
    inPieces(Buffer.alloc(10), 4).map((piece) => piece.byteLength),
    [4, 4, 2],
  );
  assert.deepEqual(inPieces(Buffer.alloc(0), 4), []);
});

test('a cut in two is at its place', () => {
  assert.deepEqual(
    cutInTwo(bytes, 5).map((piece) => piece.byteLength),
    [5, bytes.length - 5],
  );
});

test('the same seed splits the same way, another seed otherwise', () => {
  const lengths = (seed: number): number[] => randomSplit(bytes, seed).map((chunk) => chunk.byteLength);
  assert.deepEqual(lengths(7), lengths(7));
  assert.notDeepEqual(lengths(7), lengths(8));
});

test('no bytes make chunkings without bytes', () => {
  for (const { chunks } of chunkings(Buffer.alloc(0))) assert.equal(Buffer.concat(chunks).length, 0);
});

test('seeded numbers stay in their range and come again with their seed', () => {
  const [one, other] = [seeded(3), seeded(3)];
  const drawn = Array.from({ length: 1000 }, () => one.integer(10));
  assert.deepEqual(
    drawn,
    Array.from({ length: 1000 }, () => other.integer(10)),
  );
  assert.deepEqual(new Set(drawn).size, 10);
  assert.ok(drawn.every((number) => number >= 0 && number < 10));
  assert.equal(seeded(1).bytes(16).byteLength, 16);
  assert.ok(['a', 'b'].includes(seeded(1).pick(['a', 'b'])));
  assert.throws(() => seeded(1).pick([]), /nothing to pick/);
});
