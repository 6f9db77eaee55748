import assert from 'node:assert/strict';
import { test } from 'node:test';
import { coreErrors, seen } from '@tapgate/core';
import { Observer } from './observer.ts';

const bytes = (line: object): Buffer => Buffer.from(`${JSON.stringify(line)}\n`);

test('the side reader sees what a line shows, whatever was asked', () => {
  const observer = new Observer(true);
  assert.equal(observer.event(bytes({ model: 'm', message: { role: 'assistant', content: '' }, done: false })), 0);
  for (const message of [{ content: 'a' }, { thinking: 'a' }, { images: ['AAAA'] }, { tool_calls: [{}] }])
    assert.equal(observer.event(bytes({ message, done: false })), seen.content);
  assert.equal(observer.event(bytes({ response: 'a', done: false })), seen.content);
  assert.equal(observer.event(bytes({ response: '', thinking: 'a', done: false })), seen.content);
  assert.equal(observer.event(Buffer.from('\r\n')), 0);
  assert.equal(observer.event(Buffer.from('{"model')), seen.broken);
  assert.deepEqual([observer.complete, observer.usage], [false, undefined]);
  assert.equal(observer.event(bytes({ message: { content: '' }, done: true, eval_count: 2 })), seen.terminal);
  assert.deepEqual([observer.complete, observer.usage?.output, observer.model], [true, 2, 'm']);
});

test('the side reader of a document sees its end, and an error in either is one', () => {
  const whole = new Observer(false);
  assert.equal(
    whole.whole(bytes({ model: 'm', embeddings: [[1]], prompt_eval_count: 4 })),
    seen.content | seen.terminal,
  );
  assert.deepEqual([whole.complete, whole.usage?.input], [true, 4]);
  assert.equal(new Observer(false).whole(Buffer.from('<html>')), seen.broken);
  for (const streamed of [true, false]) {
    const failed = new Observer(streamed);
    const flags = streamed ? failed.event(bytes({ error: 'gone' })) : failed.whole(bytes({ error: 'gone' }));
    assert.deepEqual([flags, failed.error?.message, failed.complete], [seen.error, 'gone', false]);
  }
  const line = new Observer(true).fail(coreErrors.INTERNAL());
  assert.deepEqual(Object.keys(JSON.parse(String(line))), ['error']);
});
