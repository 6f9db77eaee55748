import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readEvent } from './read-event.ts';
import type { SseEvent } from './read-event.ts';

function read(text: string, isFirst?: boolean): SseEvent {
  return readEvent(Buffer.from(text), isFirst);
}

test('an event of one data line', () => {
  assert.deepEqual(read('data: {"a":1}\n\n'), { data: '{"a":1}' });
  assert.deepEqual(read('data:{"a":1}\r\n\r\n'), { data: '{"a":1}' });
  assert.deepEqual(read('data:  two spaces \n\n'), { data: ' two spaces ' });
  assert.deepEqual(read('data: [DONE]'), { data: '[DONE]' });
  assert.deepEqual(read('data: a\r\r'), { data: 'a' });
  assert.deepEqual(read('data: naïve 快 😀\n\n'), { data: 'naïve 快 😀' });
});

test('an event without its blank line', () => {
  assert.deepEqual(read('data: a\n:'), { data: 'a', comment: true });
  assert.deepEqual(read('data: a\nd'), { data: 'a' });
  assert.deepEqual(read('data: a\n'), { data: 'a' });
});

test('data lines are joined by line feeds, whatever ends them', () => {
  assert.deepEqual(read('data: a\ndata:b\n\n'), { data: 'a\nb' });
  assert.deepEqual(read('data: a\rdata:b\r\ndata\n\n'), { data: 'a\nb\n' });
  assert.deepEqual(read('data\n\n'), { data: '' });
  assert.deepEqual(read('data:\n\n'), { data: '' });
  assert.deepEqual(read('data: a\n\r'), { data: 'a' });
});

test('the name and the id; of several the last', () => {
  assert.deepEqual(read('event: ping\ndata: {}\nid: 7\n\n'), { event: 'ping', data: '{}', id: '7' });
  assert.deepEqual(read('event: a\nevent: b\nid: 1\nid\n\n'), { event: 'b', data: undefined, id: '' });
  assert.deepEqual(read('event: a\nevent:\ndata: x\n\n'), { data: 'x' });
  assert.deepEqual(read('event: a\nevents: b\n\n'), { event: 'a', data: undefined });
  assert.deepEqual(read('id: a\0b\ndata: x\n\n'), { data: 'x' });
});

test('comments and unknown fields are passed over', () => {
  assert.deepEqual(read(': keep-alive\n\n'), { data: undefined, comment: true });
  assert.deepEqual(read(':\ndata: x\n\n'), { data: 'x', comment: true });
  assert.deepEqual(read('retry: 10\nfoo: bar\n data: y\nDATA: z\ndatax: 1\ndata: x\n\n'), { data: 'x' });
  assert.deepEqual(read('\n'), { data: undefined });
});

test('a byte-order mark is dropped in front of the first event, and spoils the line of a later one', () => {
  assert.deepEqual(read('\ufeffdata: x\n\n'), { data: 'x' });
  assert.deepEqual(read('\ufeff\ndata: x\n\n'), { data: 'x' });
  assert.deepEqual(read('\ufeffdata: x\n\n', false), { data: undefined });
  assert.deepEqual(read('\ufeff\ufeffdata: x\n\n'), { data: undefined });
});

test('bytes that are no UTF-8 do not stop the reading', () => {
  assert.deepEqual(readEvent(Uint8Array.of(0x64, 0x61, 0x74, 0x61, 0x3a, 0xff, 0x0a, 0x0a)), { data: '\ufffd' });
});
