import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chunkings, fixtures, fixturesFolder, noFixtures } from '@tapgate/test-kit';
import * as fc from 'fast-check';
import { FrameBroken, readFrame, writeFrame } from './frame.ts';
import { FrameSplitter } from './split-frames.ts';

const skip = fixturesFolder() === undefined ? noFixtures : false;
const recorded = fixtures({ provider: 'bedrock', streamed: true }).filter(
  ({ entry }) => entry.framing === 'aws-eventstream',
);

function framesOf(chunks: readonly Uint8Array[], maxBytes = 1_000_000): Buffer[] {
  const splitter = new FrameSplitter(maxBytes);
  const frames: Buffer[] = [];
  for (const chunk of chunks) splitter.push(chunk, (frame) => frames.push(Buffer.from(frame)));
  const rest = splitter.end();
  return rest === undefined ? frames : [...frames, Buffer.concat([Buffer.from('rest '), rest])];
}

test('a recorded stream is the same messages however it is cut, one byte at a time too', { skip }, () => {
  assert.ok(recorded.length > 0);
  for (const { name, bytes } of recorded) {
    const expected = framesOf([bytes]);
    assert.deepEqual(Buffer.concat(expected), Buffer.from(bytes));
    for (const { name: way, chunks } of chunkings(bytes))
      assert.deepEqual(framesOf(chunks), expected, `${name} ${way}`);
  }
});

test('a message that is read is written with the same bytes', { skip }, () => {
  for (const { name, bytes } of recorded)
    for (const frame of framesOf([bytes])) assert.deepEqual(Buffer.from(writeFrame(readFrame(frame))), frame, name);
});

test('no flipped bit of a message goes unseen', { skip }, () => {
  const [frame] = framesOf([recorded[0]?.bytes ?? Buffer.alloc(0)]);
  assert.ok(frame);
  for (let bit = 0; bit < frame.length * 8; bit += 1) {
    const broken = Buffer.from(frame);
    broken.writeUInt8(broken.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
    const read = (): void => {
      for (const one of framesOf([broken])) readFrame(one);
    };
    assert.throws(read, FrameBroken, `bit ${bit}`);
  }
});

test('a wrong length is seen at once, and the rest of the stream is not waited for', () => {
  const frame = Buffer.from(writeFrame({ headers: {}, payload: Buffer.alloc(100) }));
  frame.writeUInt8(1, 1);
  assert.throws(() => framesOf([frame]), FrameBroken);
});

test('a length that cannot be is not waited for', () => {
  const frame = Buffer.from(writeFrame({ headers: {}, payload: Buffer.alloc(100) }));
  assert.throws(() => framesOf([frame], 99), FrameBroken);
  assert.equal(framesOf([frame], 116).length, 1);
});

test('any headers and any payload come back', () => {
  const header = fc.tuple(fc.stringMatching(/^[:a-z][a-z-]{0,30}$/), fc.string({ maxLength: 200 }));
  fc.assert(
    fc.property(fc.array(header, { maxLength: 5 }), fc.uint8Array({ maxLength: 2000 }), (headers, payload) => {
      const frame = { headers: Object.fromEntries(headers), payload };
      const read = readFrame(writeFrame(frame));
      assert.deepEqual(read.headers, frame.headers);
      assert.deepEqual(Buffer.from(read.payload), Buffer.from(payload));
    }),
  );
});
