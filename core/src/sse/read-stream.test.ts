import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createParser } from 'eventsource-parser';
import * as fc from 'fast-check';
import { createEventReader } from './read-stream.ts';
import type { SseEvent } from './read-event.ts';

const fixtures = fileURLToPath(new URL('../../../../shared/fixtures', import.meta.url));

function read(chunks: Iterable<Uint8Array>): SseEvent[] {
  const reader = createEventReader({ maxEventBytes: 10_000_000 });
  const events: SseEvent[] = [];
  for (const chunk of chunks) events.push(...reader.push(chunk));
  events.push(...reader.end());
  return events;
}

/** What another reader makes of the same bytes, given to it in one piece. */
function readByOther(bytes: Uint8Array): { event: string | undefined; data: string; id: string | undefined }[] {
  const events: { event: string | undefined; data: string; id: string | undefined }[] = [];
  const parser = createParser({ onEvent: ({ event, data, id }) => events.push({ event, data, id }) });
  parser.feed(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes));
  return events;
}

function whole(events: readonly SseEvent[]): unknown[] {
  return events
    .filter(({ data, unterminated }) => data !== undefined && !unterminated)
    .map(({ event, data, id }) => ({ event, data, id }));
}

function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const ends = [...places.map((place) => place % (bytes.length + 1)), bytes.length].toSorted(
    (one, other) => one - other,
  );
  return ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
}

function byByte(bytes: Uint8Array): Uint8Array[] {
  return Array.from(bytes, (byte) => Uint8Array.of(byte));
}

const line = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom('data: {"a":1}', 'data:x', 'data', 'data:', 'event: ping', 'event', 'id: 1', 'id: a\0b'),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      ': comment',
      ':',
      'retry: 10',
      'foo: bar',
      ' data: y',
      'dat',
      'datax: 1',
      '\ufeffdata: z',
    ),
  },
  fc.string({ unit: 'grapheme' }).map((text) => `data: ${text.replaceAll(/[\r\n]/g, '')}`),
);
const stream = fc
  .tuple(
    fc.constantFrom('', '\ufeff'),
    fc.array(fc.tuple(fc.oneof(line, fc.constant('')), fc.constantFrom('\n', '\n', '\r\n', '\r'))),
    fc.oneof(fc.constant(''), line),
  )
  .map(([mark, lines, rest]) => mark + lines.map((parts) => parts.join('')).join('') + rest);

test('the reader reads what another reader reads, however the stream is cut', () => {
  fc.assert(
    fc.property(stream, fc.array(fc.nat(), { maxLength: 12 }), (text, places) => {
      const bytes = Buffer.from(text);
      const events = read(cut(bytes, places));
      assert.deepEqual(whole(events), readByOther(bytes));
      assert.deepEqual(events, read([bytes]));
      assert.deepEqual(events, read(byByte(bytes)));
    }),
    { numRuns: 1000 },
  );
});

test('events without data are given too', () => {
  assert.deepEqual(read([Buffer.from(': keep-alive\n\nevent: ping\n\n')]), [
    { data: undefined, comment: true },
    { event: 'ping', data: undefined },
  ]);
});

test('the last event is marked where the stream ended before it did', () => {
  assert.deepEqual(read([Buffer.from('data: a\n\ndata: b\n')]), [{ data: 'a' }, { data: 'b', unterminated: true }]);
  assert.deepEqual(read([Buffer.from('data: a\r\n\r')]), [{ data: 'a' }]);
  assert.deepEqual(read([Buffer.from('\ufeffdata: a')]), [{ data: 'a', unterminated: true }]);
  assert.deepEqual(read([]), []);
});

const skip = existsSync(fixtures) ? false : `no recordings at ${fixtures}`;

test('recorded streams read the same whole, by single bytes, and in fifty random cuts', { skip }, () => {
  const files = globSync('**/*.sse', { cwd: fixtures });
  assert.ok(files.length > 50);
  for (const file of files) {
    const bytes = readFileSync(`${fixtures}/${file}`);
    const events = read([bytes]);
    assert.deepEqual(whole(events), readByOther(bytes), file);
    assert.deepEqual(read(byByte(bytes)), events, file);
    const places = fc.sample(fc.array(fc.nat({ max: bytes.length }), { minLength: 1, maxLength: 40 }), {
      numRuns: 50,
      seed: 1,
    });
    for (const cuts of places) assert.deepEqual(read(cut(bytes, cuts)), events, file);
  }
});
