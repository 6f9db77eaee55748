import assert from 'node:assert/strict';
import test from 'node:test';
import { eachRuleAlone } from '../../subjects/each-rule.ts';
import { fixtures, fixturesFolder, noFixtures } from '../replay.ts';
import { chatReplyRules, validateChatReply } from './chat-reply.ts';

const usage = { prompt_tokens: 5, completion_tokens: 3, total_tokens: 8 };
const reply = (message: object, choice: object = {}, more: object = {}): object => ({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1_700_000_000,
  model: 'gpt-5',
  choices: [{ index: 0, message: { role: 'assistant', content: 'x', ...message }, finish_reason: 'stop', ...choice }],
  usage,
  ...more,
});
const called = (...tool_calls: unknown[]): readonly string[] =>
  validateChatReply(reply({ tool_calls }, { finish_reason: 'tool_calls' }));
const call = (more: object = {}): object => ({
  id: 'call_0',
  type: 'function',
  function: { name: 'look', arguments: '{}' },
  ...more,
});

test('good chat completions have no violation, as bytes, text and object', () => {
  const text = JSON.stringify(reply({}));
  for (const body of [text, Buffer.from(text), JSON.parse(text) as unknown])
    assert.deepEqual(validateChatReply(body), []);
  assert.deepEqual(called(call(), call({ id: 'call_1' })), []);
  assert.deepEqual(called({ id: 'c', type: 'custom', custom: { name: 'shell', input: 'ls' } }), []);
});

eachRuleAlone('a chat completion', chatReplyRules, {
  json: () => validateChatReply('<html>'),
  object: () => validateChatReply(reply({}, {}, { object: 'chat.completion.chunk' })),
  id: () => validateChatReply(reply({}, {}, { id: '' })),
  model: () => validateChatReply(reply({}, {}, { model: '' })),
  created: () => validateChatReply(reply({}, {}, { created: '1' })),
  choices: () => validateChatReply(reply({}, {}, { choices: [] })),
  'choice-index': () => validateChatReply(reply({}, { index: 1 })),
  message: () => validateChatReply(reply({ role: 'user' })),
  text: () => validateChatReply(reply({ content: [{ text: 'x' }] })),
  finish: () => validateChatReply(reply({}, { finish_reason: null })),
  'finish-tools': () => validateChatReply(reply({}, { finish_reason: 'tool_calls' })),
  'finish-stop': () => validateChatReply(reply({ tool_calls: [call()] }), { written: true }),
  'tool-list': () => validateChatReply(reply({ tool_calls: {} })),
  'tool-id': () => called(call(), call()),
  'tool-type': () => called(call({ type: undefined })),
  'tool-name': () => called(call({ function: { arguments: '{}' } })),
  'tool-text': () => called(call({ function: { name: 'look', arguments: {} } })),
  'tool-json': () => called(call({ function: { name: 'look', arguments: '' } })),
  'usage-shape': () => validateChatReply(reply({}, {}, { usage: { prompt_tokens: 1 } })),
  'usage-sum': () => validateChatReply(reply({}, {}, { usage: { ...usage, total_tokens: 9 } })),
});

test(
  "the vendor's own recorded answers are clean",
  { skip: fixturesFolder() === undefined ? noFixtures : false },
  () => {
    const recordings = fixtures({
      provider: 'openai',
      dialect: 'openai-chat',
      streamed: false,
      ok: true,
      recorded: true,
    });
    assert.ok(recordings.length > 10);
    for (const { name, bytes } of recordings) assert.deepEqual(validateChatReply(bytes), [], name);
  },
);
