import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { createEventSplitter, EventTooLarge } from './split-events.ts';

interface Cut {
  readonly events: string[];
  readonly rest: string | undefined;
}

function split(chunks: Iterable<Uint8Array>, maxEventBytes = 1_000_000): Cut {
  const splitter = createEventSplitter({ maxEventBytes });
  const events: string[] = [];
  const take = (event: Uint8Array): void => void events.push(Buffer.from(event).toString('latin1'));
  for (const chunk of chunks) splitter.push(chunk, take);
  const rest = splitter.end(take);
  return { events, rest: rest && Buffer.from(rest).toString('latin1') };
}

function splitText(text: string): Cut {
  return split([Buffer.from(text)]);
}

test('every blank line ends an event, which keeps its bytes as they were written', () => {
  const cases: [stream: string, events: string[], rest?: string][] = [
    ['data: a\n\ndata: b\n\n', ['data: a\n\n', 'data: b\n\n']],
    ['data: a\r\n\r\ndata: b\r\n\r\n', ['data: a\r\n\r\n', 'data: b\r\n\r\n']],
    ['data: a\r\rdata: b\r\r', ['data: a\r\r', 'data: b\r\r']],
    ['data: a\r\n\ndata: b\n\r\nc', ['data: a\r\n\n', 'data: b\n\r\n'], 'c'],
    ['data: a\n\rdata: b\n\r', ['data: a\n\r', 'data: b\n\r']],
    [': ping\n\n\n\nevent: x\nid: 1\n\n', [': ping\n\n', '\n', '\n', 'event: x\nid: 1\n\n']],
    ['data: a\r\r\ndata: b\n\n', ['data: a\r\r', '\n', 'data: b\n\n']],
    ['data: a\n', [], 'data: a\n'],
    ['data: a\r\n\r', ['data: a\r\n\r']],
    ['data: a\r', [], 'data: a\r'],
    ['', []],
  ];
  for (const [stream, events, rest] of cases) {
    assert.deepEqual(splitText(stream), { events, rest }, JSON.stringify(stream));
    assert.deepEqual(
      split(Array.from(Buffer.from(stream), (byte) => Uint8Array.of(byte))),
      { events, rest },
      JSON.stringify(stream),
    );
  }
});

test('a byte-order mark stays with the first event', () => {
  const bytes = Buffer.from('\ufeffdata: a\n\ndata: b\n\n');
  const events: Buffer[] = [];
  createEventSplitter({ maxEventBytes: 100 }).push(bytes, (event) => events.push(Buffer.from(event)));
  assert.deepEqual(events.map(String), ['\ufeffdata: a\n\n', 'data: b\n\n']);
});

const stream = fc
  .array(fc.constantFrom('data: x', ':', 'é', 'event:y', '\n', '\r', '\r\n', '\n\n', '\r\r', '\r\n\r\n'))
  .map((parts) => parts.join(''));

test('the cuts do not depend on the chunks, and the events together are the stream', () => {
  fc.assert(
    fc.property(stream, fc.array(fc.nat(), { maxLength: 12 }), (text, places) => {
      const bytes = Buffer.from(text);
      const ends = [...places.map((place) => place % (bytes.length + 1)), bytes.length].toSorted(
        (one, other) => one - other,
      );
      const chunks = ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
      const cut = split(chunks);
      assert.deepEqual(cut, split([bytes]));
      assert.equal(cut.events.join('') + (cut.rest ?? ''), bytes.toString('latin1'));
    }),
    { numRuns: 1000 },
  );
});

test('an event is given as soon as its last byte is there, also where lines end with a bare CR', () => {
  for (const whole of ['data: a\n\n', 'data: a\r\n\r\n', 'data: a\r\r']) {
    let given = 0;
    const splitter = createEventSplitter({ maxEventBytes: 100 });
    splitter.push(Buffer.from(whole.slice(0, -1)), () => given++);
    assert.equal(given, 0);
    splitter.push(Buffer.from(whole.slice(-1)), () => given++);
    assert.equal(given, 1, JSON.stringify(whole));
  }
});

test('an event inside of one chunk is a view of it', () => {
  const bytes = Buffer.from('data: a\n\ndata: b\n\nda');
  createEventSplitter({ maxEventBytes: 100 }).push(bytes, (event) => assert.equal(event.buffer, bytes.buffer));
});

test('an event over two chunks is not disturbed by what happens to their bytes later', () => {
  const splitter = createEventSplitter({ maxEventBytes: 100 });
  const events: Uint8Array[] = [];
  for (const part of ['data: one', '\n\ndata: two', '\n\n']) {
    const chunk = Buffer.from(part);
    splitter.push(chunk, (event) => events.push(event));
    chunk.fill('x');
  }
  assert.deepEqual(events.map(String), ['data: one\n\n', 'data: two\n\n'].map((text) => Buffer.from(text)).map(String));
});

test('an event beyond the limit throws, after the events before it, whole or in pieces', () => {
  const bytes = Buffer.from(`data: a\n\ndata: ${'x'.repeat(12)}\n\n`);
  for (const size of [1, 7, 1_000]) {
    for (const [limit, isEnough] of [
      [20, true],
      [19, false],
    ] as const) {
      const splitter = createEventSplitter({ maxEventBytes: limit });
      const events: number[] = [];
      const feed = (): void => {
        for (let at = 0; at < bytes.length; at += size)
          splitter.push(bytes.subarray(at, at + size), (event) => events.push(event.length));
      };
      if (isEnough) feed();
      else
        assert.throws(
          feed,
          (error) => error instanceof EventTooLarge && error instanceof RangeError && error.maxEventBytes === 19,
        );
      assert.deepEqual(events, isEnough ? [9, 20] : [9]);
    }
  }
});

test('an event of 5 MB takes linear time, in chunks of one byte or of 16 KB', () => {
  const bytes = Buffer.from(`data: ${'x'.repeat(5_000_000)}\n\n`);
  for (const size of [1, 16_384]) {
    const splitter = createEventSplitter({ maxEventBytes: 6_000_000 });
    const lengths: number[] = [];
    for (let at = 0; at < bytes.length; at += size)
      splitter.push(bytes.subarray(at, at + size), (event) => lengths.push(event.length));
    assert.deepEqual(lengths, [bytes.length]);
  }
});
