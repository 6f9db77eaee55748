import assert from 'node:assert/strict';
import test from 'node:test';
import { eachRuleAlone } from '../../subjects/each-rule.ts';
import { fixtures, fixturesFolder, noFixtures } from '../replay.ts';
import { sseText, type SseFrame } from '../sse.ts';
import { messagesStreamRules, validateMessagesStream } from './messages-stream.ts';
import type { StreamOptions } from './stream-options.ts';

type Members = Readonly<Record<string, unknown>>;

const message = { id: 'msg_1', type: 'message', role: 'assistant', model: 'claude', content: [], stop_reason: null };
const begin = (more: Members = {}): Members => ({
  type: 'message_start',
  message: { ...message, usage: { input_tokens: 5, output_tokens: 8 }, ...more },
});
const open = (content_block: Members, index: unknown = 0): Members => ({
  type: 'content_block_start',
  index,
  content_block,
});
const more = (delta: Members, index: unknown = 0): Members => ({ type: 'content_block_delta', index, delta });
const close = (index: unknown = 0): Members => ({ type: 'content_block_stop', index });
const text = { type: 'text', text: '' };
const say = (said: unknown, index: unknown = 0): Members => more({ type: 'text_delta', text: said }, index);
const tool = (members: Members = {}): Members => ({
  type: 'tool_use',
  id: 'toolu_1',
  name: 'look',
  input: {},
  ...members,
});
const input = (partial_json: string, index = 0): Members => more({ type: 'input_json_delta', partial_json }, index);
const stops = (stop_reason: unknown, usage: unknown = { output_tokens: 3 }): Members => ({
  type: 'message_delta',
  delta: { stop_reason },
  usage,
});
const end = { type: 'message_stop' };
const error = { type: 'error', error: { type: 'overloaded_error', message: 'Busy.' } };

const framed = (events: readonly Members[]): SseFrame[] =>
  events.map((data) => ({ event: String(data['type']), data }));
const raw = (...events: (string | SseFrame)[]): readonly string[] =>
  validateMessagesStream(Buffer.from(sseText(events)));
const check = (events: readonly Members[], options: StreamOptions = {}): readonly string[] =>
  validateMessagesStream(Buffer.from(sseText(framed(events))), options);
/** A message with these blocks inside. */
const inside = (...events: Members[]): readonly string[] => check([begin(), ...events, stops('end_turn'), end]);
const calling = (...events: Members[]): readonly string[] => check([begin(), ...events, stops('tool_use'), end]);
const good = [begin(), { type: 'ping' }, open(text), say('Hello'), close(), stops('end_turn'), end];

test('good streams of Messages have no violation', () => {
  assert.deepEqual(check(good, { ended: 'ok' }), []);
  assert.deepEqual(calling(open(tool()), input('{"a'), input('":1}'), close()), []);
  assert.deepEqual(calling(open(tool()), close()), []);
  assert.deepEqual(check([begin(), open(tool()), input('{"cut'), close(), stops('max_tokens'), end]), []);
  assert.deepEqual(
    inside(
      open({ type: 'thinking', thinking: '', signature: '' }),
      more({ type: 'thinking_delta', thinking: 'Hm.' }),
      more({ type: 'signature_delta', signature: 'abc' }),
      close(),
      open({ type: 'web_search_tool_result', content: [] }, 1),
      close(1),
    ),
    [],
  );
  assert.deepEqual(check([begin(), open(text), say('half'), error], { ended: 'error' }), []);
  assert.deepEqual(check([error], { ended: 'error' }), []);
});

eachRuleAlone('a stream of Messages', messagesStreamRules, {
  empty: () => check([]),
  json: () => raw(...framed(good.slice(0, -1)), '{', ...framed([end])),
  'done-mark': () => raw(...framed(good), '[DONE]'),
  name: () => raw(...framed(good.slice(0, -1)), { data: end }),
  type: () => inside({ type: 'surprise' }),
  first: () => check([{ type: 'ping' }, ...good]),
  'start-again': () => inside(begin()),
  message: () => check([begin({ id: '' }), stops('end_turn'), end]),
  'block-order': () => inside(open(text, 1)),
  'block-open': () => inside(open(text), open(text, 1), close()),
  'block-unknown': () => inside(say('x')),
  'block-over': () => inside(open(text), close(), say('x')),
  'block-shape': () => inside(open({ type: 'text', text: 'early' }), close()),
  'tool-id': () => calling(open(tool({ id: 'call:1' })), close()),
  'tool-name': () => calling(open(tool({ name: '' })), close()),
  'delta-kind': () => inside(open(text), input('{}'), close()),
  'delta-text': () => inside(open(text), say(undefined), close()),
  'tool-json': () => calling(open(tool()), input('{"cut'), close()),
  'signature-last': () =>
    inside(
      open({ type: 'thinking', thinking: '' }),
      more({ type: 'signature_delta', signature: 'abc' }),
      more({ type: 'thinking_delta', thinking: 'Hm.' }),
      close(),
    ),
  'delta-early': () => check([begin(), open(text), stops('end_turn'), close(), end]),
  'delta-again': () => check([begin(), stops('end_turn'), stops('end_turn'), end]),
  'delta-missing': () => check([begin(), open(text), close(), end]),
  'stop-reason': () => check([begin(), stops('stop'), end]),
  'stop-tools': () => calling(open(text), close()),
  'usage-shape': () => check([begin({ usage: {} }), stops('end_turn'), end]),
  'usage-shrinks': () => check([begin(), stops(null, { output_tokens: 9 }), stops('end_turn'), end]),
  'after-end': () => check([...good, { type: 'ping' }]),
  'end-missing': () => check(good.slice(0, -1)),
  'error-shape': () => check([begin(), { type: 'error', error: { message: 'Busy.', type: 'server_error' } }]),
  'error-unexpected': () => check([begin(), error], { ended: 'ok' }),
  'error-missing': () => check(good, { ended: 'error' }),
});

const skip = fixturesFolder() === undefined ? noFixtures : false;
test("the vendor's own recorded streams are clean", { skip }, () => {
  const recordings = fixtures({ dialect: 'anthropic-messages', streamed: true, recorded: true });
  assert.ok(recordings.length > 10);
  for (const { name, bytes } of recordings) assert.deepEqual(validateMessagesStream(bytes, { ended: 'ok' }), [], name);
});
test('a message that starts twice is not clean', { skip }, () => {
  const [spliced] = fixtures({ name: 'anthropic/duplicate-message-start' });
  assert.match(validateMessagesStream(spliced?.bytes ?? Buffer.alloc(0)).join(), /another message_start/);
});
