import assert from 'node:assert/strict';
import test from 'node:test';
import { readSse, sseText } from './sse.ts';

const seen = (text: string): unknown[] => readSse(text).map(({ event, data, id }) => [event, data, id]);

test('events are read at each of the three line ends', () => {
  for (const end of ['\n', '\r', '\r\n']) {
    const text = ['event: a', 'data: 1', 'data: 2', 'id: 7', '', ': comment', '', 'data:3', '', ''].join(end);
    assert.deepEqual(seen(text), [
      ['a', '1\n2', '7'],
      [undefined, '3', undefined],
    ]);
  }
});

test('what no blank line ended, and what has no data, is no event', () => {
  assert.deepEqual(seen('event: lonely\n\ndata: 1\n\ndata: unfinished\n'), [[undefined, '1', undefined]]);
});

test('one byte order mark is passed over', () => {
  assert.deepEqual(seen('\uFEFFdata: 1\n\n'), [[undefined, '1', undefined]]);
});

test('an event knows where it begins', () => {
  const text = ': hello\n\ndata: 1\n\nevent: x\ndata: 2\n\n';
  assert.deepEqual(
    readSse(Buffer.from(text)).map(({ at }) => text.slice(at, at + 6)),
    ['data: ', 'event:'],
  );
});

test('what is written reads as it was', () => {
  const text = sseText(['[DONE]', { event: 'ping', data: { a: 'é\n' }, id: '1' }, { data: 'two\nlines' }]);
  assert.deepEqual(seen(text), [
    [undefined, '[DONE]', undefined],
    ['ping', '{"a":"é\\n"}', '1'],
    [undefined, 'two\nlines', undefined],
  ]);
  assert.equal(sseText(['x'], '\r\n'), 'data: x\r\n\r\n');
});
