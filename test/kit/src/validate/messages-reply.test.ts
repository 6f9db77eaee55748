import assert from 'node:assert/strict';
import test from 'node:test';
import { eachRuleAlone } from '../../subjects/each-rule.ts';
import { fixtures, fixturesFolder, noFixtures } from '../replay.ts';
import { messagesReplyRules, validateMessagesReply } from './messages-reply.ts';

const tool = (more: object = {}): object => ({ type: 'tool_use', id: 'toolu_1', name: 'look', input: {}, ...more });
const check = (more: object = {}): readonly string[] =>
  validateMessagesReply({
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'claude',
    content: [{ type: 'text', text: 'x' }],
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage: { input_tokens: 5, output_tokens: 3 },
    ...more,
  });
const calling = (...content: object[]): readonly string[] => check({ content, stop_reason: 'tool_use' });

test('good Messages have no violation', () => {
  assert.deepEqual(check(), []);
  assert.deepEqual(calling(tool(), tool({ id: 'toolu_2' })), []);
  assert.deepEqual(check({ content: [{ type: 'server_tool_use', id: 'srv_1', name: 'web_search', input: {} }] }), []);
});

eachRuleAlone('a Message', messagesReplyRules, {
  json: () => validateMessagesReply('null'),
  type: () => check({ type: 'completion' }),
  id: () => check({ id: '' }),
  model: () => check({ model: 3 }),
  role: () => check({ role: 'user' }),
  content: () => check({ content: 'x' }),
  block: () => check({ content: [{ type: 'text' }] }),
  'tool-id': () => calling(tool(), tool()),
  'tool-name': () => calling(tool({ name: undefined })),
  'tool-input': () => calling(tool({ input: '{}' })),
  'stop-reason': () => check({ stop_reason: null }),
  'stop-tools': () => check({ content: [tool()] }),
  'stop-sequence': () => check({ stop_reason: 'stop_sequence' }),
  'usage-shape': () => check({ usage: { output_tokens: 3 } }),
});

test(
  "the vendor's own recorded answers are clean",
  { skip: fixturesFolder() === undefined ? noFixtures : false },
  () => {
    const recordings = fixtures({ dialect: 'anthropic-messages', streamed: false, ok: true });
    assert.ok(recordings.length > 20);
    for (const { name, bytes } of recordings) {
      if (name !== 'anthropic/count-tokens') assert.deepEqual(validateMessagesReply(bytes), [], name);
    }
  },
);
