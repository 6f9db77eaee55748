import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventTooLarge } from '@tapgate/core';
import { chunkings } from '@tapgate/test-kit';
import * as fc from 'fast-check';
import { LineSplitter } from './split-lines.ts';

function linesOf(chunks: readonly Uint8Array[], maxBytes = 1_000_000): string[] {
  const splitter = new LineSplitter(maxBytes);
  const lines: string[] = [];
  for (const chunk of chunks) splitter.push(chunk, (line) => lines.push(Buffer.from(line).toString('latin1')));
  const rest = splitter.end();
  return rest === undefined ? lines : [...lines, Buffer.from(rest).toString('latin1')];
}

test('a stream is cut behind every line feed, however its chunks are cut, and nothing is changed', () => {
  const bytes = fc.array(fc.constantFrom('\n', '\r', 'a', 'ü', '{}'), { maxLength: 30 }).map((all) => all.join(''));
  fc.assert(
    fc.property(bytes, (text) => {
      const expected = Buffer.from(text)
        .toString('latin1')
        .split(/(?<=\n)/);
      for (const { name, chunks } of chunkings(Buffer.from(text)))
        assert.deepEqual(linesOf(chunks), text === '' ? [] : expected, name);
    }),
    { numRuns: 50 },
  );
});

test('a line that is too large is refused, whether its end has come or not', () => {
  const line = Buffer.from(`${'a'.repeat(99)}\n`);
  assert.equal(linesOf([line, line], 100).length, 2);
  assert.throws(() => linesOf([line], 99), EventTooLarge);
  assert.throws(() => linesOf([line.subarray(0, 50), line.subarray(0, 50)], 99), EventTooLarge);
});
