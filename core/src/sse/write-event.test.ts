import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { createEventReader } from './read-stream.ts';
import { writeComment, writeEvent } from './write-event.ts';
import type { OutgoingEvent } from './write-event.ts';

test('an event as it goes over the wire', () => {
  assert.equal(writeEvent({ data: '[DONE]' }), 'data: [DONE]\n\n');
  assert.equal(writeEvent({ event: 'ping', data: '{}' }), 'event: ping\ndata: {}\n\n');
  assert.equal(writeEvent({ id: '7', event: 'a', data: '' }), 'event: a\nid: 7\ndata: \n\n');
  assert.equal(writeEvent({ data: 'a\nb\r\nc\rd' }), 'data: a\ndata: b\ndata: c\ndata: d\n\n');
  assert.equal(writeComment('keep-alive'), ': keep-alive\n\n');
});

const hostile = fc
  .array(fc.constantFrom('a', ' ', '\n', '\r', ':', 'data: x', '\n\ndata: y', '\ufeff', '快'))
  .map((parts) => parts.join(''));

test('whatever is written is read as one event of the same data', () => {
  fc.assert(
    fc.property(hostile, fc.option(fc.stringMatching(/^[^\r\n\0]+$/), { nil: undefined }), (data, word) => {
      const event: OutgoingEvent = word === undefined ? { data } : { data, event: word, id: word };
      const reader = createEventReader({ maxEventBytes: 100_000 });
      const events = reader.push(Buffer.from(writeEvent(event)));
      assert.deepEqual(events, [{ ...event, data: data.replaceAll(/\r\n|\r/g, '\n') }]);
      assert.deepEqual(reader.end(), []);
    }),
  );
});

test('a comment cannot become an event', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const events = createEventReader({ maxEventBytes: 100_000 }).push(Buffer.from(writeComment(text)));
      assert.deepEqual(events, [{ data: undefined, comment: true }]);
    }),
  );
});

test('a name or an id with a line end is refused', () => {
  for (const text of ['a\nb', 'a\rb', '\n', 'a\0']) {
    assert.throws(() => writeEvent({ event: text, data: '' }), TypeError);
    assert.throws(() => writeEvent({ id: text, data: '' }), TypeError);
  }
});
