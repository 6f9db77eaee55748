import assert from 'node:assert/strict';
import { test } from 'node:test';
import { coreErrors, seen } from '@tapgate/core';
import { googleGenerate } from '../google-generate.ts';

const observe = (framing?: string) =>
  googleGenerate.observer({
    operation: 'chat',
    streamed: true,
    wantUsage: true,
    ...(framing === undefined ? {} : { framing }),
  });
const event = (data: object | string): Buffer =>
  Buffer.from(`data: ${typeof data === 'string' ? data : JSON.stringify(data)}\r\n\r\n`);
const saying = (parts: readonly object[], more: object = {}): object => ({
  candidates: [{ content: { parts }, ...more }],
});
const error = coreErrors.UPSTREAM_TRUNCATED({ provider: 'p' }, { kind: 'truncated' });

test('an event is content when it shows something, and the end when it says why', () => {
  const observer = observe();
  assert.equal(observer.event(event({ usageMetadata: { promptTokenCount: 3, totalTokenCount: 3 } })), 0);
  assert.equal(observer.event(event(saying([{ text: '' }]))), 0);
  assert.equal(observer.event(event(saying([{ text: 'Hi' }]))), seen.content);
  assert.equal(observer.event(event(saying([{ functionCall: { name: 'f' } }]))), seen.content);
  assert.equal(observer.complete, false);
  const last = {
    ...saying([{ text: '' }], { finishReason: 'STOP' }),
    modelVersion: 'm',
    usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 2, totalTokenCount: 5 },
  };
  assert.equal(observer.event(event(last)), seen.content | seen.terminal);
  assert.deepEqual(
    [observer.complete, observer.model, observer.usage?.input, observer.usage?.output],
    [true, 'm', 3, 2],
  );
});

test('searches of every candidate are counted, by its last word of them', () => {
  const observer = observe();
  const grounded = (index: number, webSearchQueries: readonly string[]): object => ({
    candidates: [{ index, content: { parts: [{ text: 'a' }] }, groundingMetadata: { webSearchQueries } }],
    usageMetadata: { promptTokenCount: 3, totalTokenCount: 5 },
  });
  observer.event(event(grounded(0, ['one'])));
  assert.deepEqual(observer.usage?.calls, { googleSearch: 1 });
  for (const queries of [['one'], ['one', 'two']]) observer.event(event(grounded(1, queries)));
  assert.deepEqual(observer.usage?.calls, { googleSearch: 3 });
});

test('a prompt that was blocked is an end', () => {
  const observer = observe();
  assert.equal(observer.event(event({ promptFeedback: { blockReason: 'SAFETY' } })), seen.content | seen.terminal);
  assert.equal(observer.complete, true);
});

test('an event that is cut, or an end mark of another dialect, is not let through', () => {
  const observer = observe();
  for (const data of ['{"candidates": [{', '[DONE]', 'null'])
    assert.equal(observer.event(event(data)), seen.broken, data);
  assert.equal(observer.complete, false);
});

test('an error is seen in an event, bare, and in a list', () => {
  const said = { error: { code: 503, message: 'Overloaded.', status: 'UNAVAILABLE' } };
  for (const bytes of [
    event(said),
    Buffer.from(JSON.stringify(said)),
    Buffer.from(`[${JSON.stringify(said)}`),
    event(JSON.stringify([said])),
  ]) {
    const observer = observe();
    assert.equal(observer.event(bytes), seen.error);
    assert.equal(observer.error?.kind, 'overloaded');
  }
});

test('a broken stream is told in an event and bare behind it, and as one more element of an array', () => {
  const events = observe();
  events.event(event(saying([{ text: 'Hi' }])));
  assert.match(Buffer.from(events.fail(error)).toString(), /^data: (\{"error":\{"code":502.*\})\r\n\r\n\1$/);
  const array = observe('json-array');
  const first = `[${JSON.stringify(saying([{ text: 'Hi' }]))}`;
  array.event(Buffer.from(first));
  const whole = JSON.parse(first + Buffer.from(array.fail(error)).toString()) as readonly { error?: object }[];
  assert.ok(whole[1]?.error);
  assert.ok(Array.isArray(JSON.parse(Buffer.from(observe('json-array').fail(error)).toString())));
});

test('an embedding and a count are complete as they are', () => {
  const observer = googleGenerate.observer({ operation: 'embeddings', streamed: false, wantUsage: true });
  const flags = observer.whole(
    Buffer.from('{"embeddings":[{"values":[1]}],"usageMetadata":{"promptTokenCount":4,"totalTokenCount":4}}'),
  );
  assert.equal(flags & seen.terminal, seen.terminal);
  assert.equal(observer.usage?.input, 4);
});
