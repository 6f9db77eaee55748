import assert from 'node:assert/strict';
import test from 'node:test';
import { eachRuleAlone } from '../../subjects/each-rule.ts';
import { fixtures, fixturesFolder, noFixtures } from '../replay.ts';
import { sseText, type SseFrame } from '../sse.ts';
import { chatStreamRules, validateChatStream, type ChatStreamOptions } from './chat-stream.ts';

type Event = string | SseFrame;

const head = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1_700_000_000, model: 'gpt-5' };
const chunk = (choice: object, more: object = {}): SseFrame => ({
  data: { ...head, choices: [{ index: 0, delta: {}, finish_reason: null, ...choice }], ...more },
});
const begin = chunk({ delta: { role: 'assistant', content: '' } });
const say = (content: unknown): SseFrame => chunk({ delta: { content } });
const finish = (reason: unknown): SseFrame => chunk({ finish_reason: reason });
const calls = (...tool_calls: unknown[]): SseFrame => chunk({ delta: { tool_calls } });
const call = (index: unknown, more: object = {}): object => ({
  index,
  id: `call_${String(index)}`,
  type: 'function',
  function: { name: 'look', arguments: '{}' },
  ...more,
});
const usage = { prompt_tokens: 5, completion_tokens: 3, total_tokens: 8 };
const counted = (of: unknown = usage): SseFrame => ({ data: { ...head, choices: [], usage: of } });
const error = { data: { error: { message: 'It failed.', type: 'server_error', param: null, code: null } } };

const check = (events: readonly Event[], options: ChatStreamOptions = {}): readonly string[] =>
  validateChatStream(Buffer.from(sseText(events)), options);
const ended = (...events: Event[]): readonly string[] => check([begin, ...events, finish('stop'), '[DONE]']);
const called = (...events: Event[]): readonly string[] => check([begin, ...events, finish('tool_calls'), '[DONE]']);

test('good streams of chat completions have no violation', () => {
  assert.deepEqual(ended(say('Hello'), say(null)), []);
  assert.deepEqual(called(calls(call(0)), calls(call(1)), calls({ index: 0, function: { arguments: '' } })), []);
  assert.deepEqual(check([begin, finish('stop'), counted(), '[DONE]'], { usage: 'asked', ended: 'ok' }), []);
  assert.deepEqual(
    check([begin, calls(call(0, { function: { name: 'f', arguments: '{"a' } })), finish('length'), '[DONE]']),
    [],
  );
  assert.deepEqual(check([begin, say('half'), error], { ended: 'error' }), []);
  assert.deepEqual(check([{ event: 'error', data: error.data }], { ended: 'error' }), []);
});

const custom = { index: 0, id: 'c', type: 'custom', custom: { name: 'shell', input: 'ls' } };
test('a custom tool call has free text', () => {
  assert.deepEqual(called(calls(custom), calls({ index: 0, custom: { input: ' -l' } })), []);
});

eachRuleAlone('a stream of chat completions', chatStreamRules, {
  empty: () => check([]),
  named: () => ended({ event: 'message', data: say('x').data }),
  json: () => ended('{"cut":'),
  object: () => ended(chunk({}, { object: 'chat.completion' })),
  id: () => ended(chunk({}, { id: '' })),
  'id-changes': () => ended(chunk({}, { id: 'chatcmpl-2' })),
  model: () => ended(chunk({}, { model: undefined })),
  created: () => ended(chunk({}, { created: 1.5 })),
  choices: () => ended(chunk({}, { choices: undefined })),
  'choice-index': () => ended(chunk({ index: 128 })),
  delta: () => ended(chunk({ delta: undefined })),
  'finish-key': () => ended(chunk({ finish_reason: undefined })),
  'finish-unknown': () => check([begin, finish('eos'), '[DONE]']),
  'finish-missing': () => check([begin, '[DONE]']),
  'finish-tools': () => called(say('x')),
  'finish-stop': () => check([begin, calls(call(0)), finish('stop'), '[DONE]'], { written: true }),
  'after-finish': () => check([begin, finish('stop'), say('more'), '[DONE]']),
  role: () => check([say('x'), finish('stop'), '[DONE]']),
  'role-again': () => ended(begin),
  text: () => ended(say(['x'])),
  'tool-list': () => ended(chunk({ delta: { tool_calls: {} } })),
  'tool-index': () => called(calls(call(0)), calls(call(undefined))),
  'tool-order': () => called(calls(call(0)), calls(call(2))),
  'tool-id': () => called(calls(call(0)), calls(call(1, { id: 'call_0' }))),
  'tool-type': () => called(calls(call(0, { type: undefined }))),
  'tool-name': () => called(calls(call(0, { function: { arguments: '{}' } }))),
  'tool-text': () => called(calls(call(0)), calls({ index: 0, function: { arguments: {} } })),
  'tool-again': () => called(calls(call(0)), calls({ index: 0, id: 'call_0', function: { arguments: '' } })),
  'tool-json': () => called(calls(call(0, { function: { name: 'look', arguments: '' } }))),
  'usage-shape': () => check([begin, finish('stop'), counted({ prompt_tokens: 1 }), '[DONE]']),
  'usage-sum': () => check([begin, finish('stop'), counted({ ...usage, total_tokens: 9 }), '[DONE]']),
  'usage-twice': () => check([begin, finish('stop'), counted(), counted(), '[DONE]']),
  'usage-early': () => check([begin, counted(), finish('stop'), '[DONE]']),
  'usage-missing': () => check([begin, finish('stop'), '[DONE]'], { usage: 'asked' }),
  'usage-unasked': () => check([begin, finish('stop'), counted(), '[DONE]'], { usage: 'unasked' }),
  'done-missing': () => check([begin, finish('stop')]),
  'done-after-error': () => check([begin, error, '[DONE]']),
  'after-done': () => check([begin, finish('stop'), '[DONE]', '[DONE]']),
  'after-error': () => check([begin, error, say('more')]),
  'error-shape': () => check([begin, { data: { error: { ...error.data.error, code: 503 } } }]),
  'error-unexpected': () => check([begin, error], { ended: 'ok' }),
  'error-missing': () => check([begin, finish('stop'), '[DONE]'], { ended: 'error' }),
});

test('a stream broken in its framing is told beside the rest', () => {
  const text = sseText([begin, finish('stop'), '[DONE]']).slice(0, -1);
  assert.equal(validateChatStream(Buffer.from(text)).length, 2);
});

const skip = fixturesFolder() === undefined ? noFixtures : false;
test("the vendor's own recorded streams are clean", { skip }, () => {
  const recordings = fixtures({ provider: 'openai', dialect: 'openai-chat', streamed: true, recorded: true });
  assert.ok(recordings.length > 5);
  for (const { name, bytes } of recordings) {
    if (bytes.byteLength > 0) assert.deepEqual(validateChatStream(bytes, { ended: 'ok' }), [], name);
  }
});
test('a stream cut at any of its events is not clean', { skip }, () => {
  const [recording] = fixtures({ name: 'openai/chat-parallel-tools-stream' });
  const text = Buffer.from(recording?.bytes ?? []).toString();
  const events = text.split(/(?<=\n\n)/);
  for (let at = 0; at < events.length - 1; at += 1) {
    assert.notDeepEqual(validateChatStream(Buffer.from(events.slice(0, at).join('')), { ended: 'ok' }), [], String(at));
  }
});
