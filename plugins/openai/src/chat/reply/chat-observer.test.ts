import assert from 'node:assert/strict';
import { test } from 'node:test';
import { coreErrors, createEventSplitter, seen, type ReplyObserver } from '@tapgate/core';
import { validateChatStream } from '@tapgate/test-kit';
import { openaiChat } from '../openai-chat.ts';
import { chunk } from '../sample.test.ts';

const observer = (wantUsage = true): ReplyObserver =>
  openaiChat.observer({ operation: 'chat', streamed: true, wantUsage });
const event = (json: unknown): Buffer =>
  Buffer.from(`data: ${typeof json === 'string' ? json : JSON.stringify(json)}\n\n`);
const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 };

/** The flags of each event of a stream. */
function flagsOf(of: ReplyObserver, stream: string): number[] {
  const flags: number[] = [];
  const splitter = createEventSplitter({ maxEventBytes: 1e6 });
  const take = (bytes: Uint8Array): void => {
    flags.push(of.event(bytes));
  };
  splitter.push(Buffer.from(stream), take);
  const rest = splitter.end(take);
  if (rest) take(rest);
  return flags;
}

test('a role alone commits nothing, and the first text does', () => {
  const of = observer();
  assert.equal(of.event(event(chunk({ role: 'assistant', content: '' }))), 0);
  assert.equal(of.event(event({ choices: [], prompt_filter_results: [] })), 0);
  assert.equal(of.event(event(chunk({ content: 'a' }))), seen.content);
  assert.equal(of.event(event(chunk({ content: 'b' }))), seen.content);
  assert.equal(of.model, 'm');
});

test('the usage chunk that the gateway asked for is hidden from a client that did not, and counted', () => {
  for (const [wantUsage, flag] of [
    [false, seen.unasked],
    [true, 0],
  ] as const) {
    const of = observer(wantUsage);
    of.event(event(chunk({ content: 'a' })));
    assert.equal(of.event(event({ choices: [], usage })), flag);
    assert.deepEqual([of.usage?.input, of.usage?.output], [3, 2]);
  }
});

test('usage is found wherever it hides: beside the last choice, in each chunk, with spaces', () => {
  for (const chunks of [
    [chunk({ content: 'a' }), { ...chunk({}, { finish_reason: 'stop' }), usage }],
    [
      { ...chunk({ content: 'a' }), usage: { ...usage, completion_tokens: 1 } },
      { ...chunk({ content: 'b' }), usage },
    ],
    [chunk({ content: 'a' }), { ...chunk({}), x_groq: { usage } }],
  ]) {
    const of = observer(false);
    const flags = flagsOf(
      of,
      chunks.map((json) => `data: ${JSON.stringify(json, undefined, 1).replaceAll('\n', '')}\n\n`).join(''),
    );
    assert.deepEqual([of.usage?.input, of.usage?.output], [3, 2], JSON.stringify(chunks));
    assert.ok(flags.every((flag) => (flag & seen.unasked) === 0));
  }
});

test('a text that speaks of usage and errors is a text', () => {
  const of = observer();
  of.event(event(chunk({ content: 'a' })));
  assert.equal(of.event(event(chunk({ content: '"usage":{ "error" "finish_reason":"stop" [DONE]' }))), seen.content);
  assert.deepEqual([of.usage, of.error, of.complete], [undefined, undefined, false]);
});

test('an error is told from the first event on, in every form', () => {
  for (const text of [
    'data: {"error":{"message":"no","code":400}}\n\n',
    'event: error\ndata: {"error":{"message":"no","type":"invalid_request_error"}}\n\n',
    'data: {"error": {"object": "error", "message": "no", "code": 400}}\r\n\r\n',
    'data: {"object":"error","message":"no","code":400}\n\n',
  ]) {
    for (const before of ['', `data: ${JSON.stringify(chunk({ content: 'a' }))}\n\n`]) {
      const of = observer();
      assert.equal(flagsOf(of, before + text).at(-1), seen.error, before + text);
      assert.equal(of.error?.message, 'no');
    }
  }
});

test('cut JSON is broken, at the end of a stream and within', () => {
  const of = observer();
  const text = JSON.stringify(chunk({ content: 'abc' }));
  assert.equal(of.event(event(text.slice(0, -8))), seen.broken);
  of.event(event(text));
  assert.equal(of.event(event(text.slice(0, -3))), seen.broken);
  assert.equal(of.event(event('oops')), seen.broken);
});

test('the end mark, or a finish reason of every choice, completes a stream', () => {
  const done = observer();
  assert.equal(done.event(event('[DONE]')), seen.terminal);
  assert.ok(done.complete);
  const of = (index: number, delta: object, finish_reason?: string): Buffer =>
    event({ choices: [{ index, delta, finish_reason }] });
  const two = observer();
  for (const bytes of [of(0, { content: 'a' }), of(0, { content: 'a' }), of(1, { content: 'b' }), of(0, {}, 'stop')])
    two.event(bytes);
  assert.equal(two.complete, false);
  two.event(of(1, {}, 'stop'));
  assert.equal(two.complete, true);
});

test('comments and pings are nothing, and an event of several lines is read', () => {
  const of = observer();
  assert.deepEqual(
    flagsOf(
      of,
      `: ping\n\nevent: ping\ndata:\n\nid: 1\ndata: {"choices":[{"index":0,\ndata: "delta":{"content":"a"}}]}\n\n`,
    ),
    [0, 0, seen.content],
  );
});

test('an event whose name comes behind its data is still an error', () => {
  const of = observer();
  assert.deepEqual(flagsOf(of, 'data: {"message":"no"}\nevent: error\n\n'), [seen.error]);
});

test('a document is judged before it goes out, and read when somebody asks', () => {
  const whole = (text: string): [number, ReplyObserver] => {
    const of = openaiChat.observer({ operation: 'chat', streamed: false, wantUsage: true });
    return [of.whole(Buffer.from(text)), of];
  };
  const [flags, of] = whole(`\n ${JSON.stringify({ model: 'm', choices: [{ message: { content: 'é' } }], usage })}\n`);
  assert.equal(flags, seen.content | seen.terminal);
  assert.deepEqual([of.model, of.usage?.output, of.complete], ['m', 2, true]);
  for (const [text, flag] of [
    ['{"error":{"message":"no"}}', seen.error],
    ['{"choices":[],"error":{"message":"no"}}', seen.error],
    ['{"base_resp":{"status_code":1008,"status_msg":"no"},"choices":null}', seen.error],
    ['{"detail":"no"}', seen.error],
    ['{"choices":[{"mess', seen.broken],
    ['<html></html>', seen.broken],
  ] as const) {
    assert.equal(whole(text)[0], flag, text);
  }
});

test('what tells a client that an answer broke off is an event that its parser throws on', () => {
  const of = observer();
  const text = Buffer.concat([
    event(chunk({ content: 'a', role: 'assistant' }, { finish_reason: null })),
    of.fail(coreErrors.UPSTREAM_STALLED({ provider: 'p', timeoutMs: 1 })),
  ]);
  assert.deepEqual(validateChatStream(text, { ended: 'error' }), []);
});

test('a choice that failed is an error, streamed and whole, and keeps its price', () => {
  const error = { code: 502, message: 'Provider disconnected' };
  const cost = { ...usage, cost: 0.25 };
  for (const [more, message] of [
    [{ error, finish_reason: 'error' }, 'Provider disconnected'],
    [{ error, finish_reason: null }, 'Provider disconnected'],
    [{ finish_reason: 'error' }, 'The answer ended with "error".'],
    [{ finish_reason: 'network_error' }, 'The answer ended with "network_error".'],
  ] as const) {
    const of = observer();
    of.event(event(chunk({ content: 'a' })));
    of.event(event(chunk({ content: 'b' })));
    assert.equal(of.event(event({ ...chunk({}, more), usage: cost })), seen.error, JSON.stringify(more));
    assert.deepEqual([of.error?.kind, of.error?.message], ['server', message]);
    assert.equal(of.usage?.billedNanos, 250_000_000n);
    const whole = observer();
    const choices = [{ index: 0, message: { role: 'assistant', content: 'a' }, ...more }];
    assert.equal(whole.whole(Buffer.from(JSON.stringify({ id: 'c', choices, usage: cost }))), seen.error);
    assert.equal(whole.error?.message, message);
  }
  const fine = observer();
  const said = [{ index: 0, error: null, message: { content: 'an "error" it is' }, finish_reason: 'stop' }];
  assert.equal(fine.whole(Buffer.from(JSON.stringify({ choices: said }))), seen.content | seen.terminal);
});

test('who made an answer is told where a router says so', () => {
  const of = observer();
  of.event(event({ ...chunk({ content: 'a' }), provider: 'Azure' }));
  assert.equal(of.madeBy, 'Azure');
  const whole = observer();
  whole.whole(Buffer.from(JSON.stringify({ choices: [], provider: 'Groq' })));
  assert.equal(whole.madeBy, 'Groq');
});
