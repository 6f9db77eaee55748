import assert from 'node:assert/strict';
import test from 'node:test';
import { eachRuleAlone } from '../../subjects/each-rule.ts';
import { fixtures, fixturesFolder, noFixtures } from '../replay.ts';
import { responsesReplyRules, validateResponsesReply } from './responses-reply.ts';

const usage = { input_tokens: 5, output_tokens: 3, total_tokens: 8 };
const message = (more: object = {}): object => ({
  type: 'message',
  id: 'msg_1',
  role: 'assistant',
  content: [{ type: 'output_text', text: 'x' }],
  ...more,
});
const call = (more: object = {}): object => ({
  type: 'function_call',
  id: 'fc_1',
  call_id: 'call_1',
  name: 'look',
  arguments: '{}',
  ...more,
});
const check = (more: object = {}): readonly string[] =>
  validateResponsesReply({
    id: 'resp_1',
    object: 'response',
    created_at: 1_700_000_000,
    model: 'gpt-5',
    status: 'completed',
    output: [message(), call()],
    usage,
    ...more,
  });

test('good Responses have no violation', () => {
  assert.deepEqual(check(), []);
  assert.deepEqual(check({ output: [{ type: 'reasoning', id: 'rs_1', summary: [] }] }), []);
  assert.deepEqual(check({ status: 'incomplete', incomplete_details: { reason: 'content_filter' } }), []);
  assert.deepEqual(check({ output: [message({ content: [{ type: 'refusal', refusal: 'No.' }] })] }), []);
});

eachRuleAlone('a Response', responsesReplyRules, {
  json: () => validateResponsesReply(Buffer.from('[]')),
  object: () => check({ object: 'chat.completion' }),
  id: () => check({ id: '' }),
  model: () => check({ model: undefined }),
  created: () => check({ created_at: null }),
  status: () => check({ status: 'done' }),
  output: () => check({ output: undefined }),
  'item-type': () => check({ output: [{ id: 'x' }] }),
  'item-id': () => check({ output: [message(), message()] }),
  'call-id': () => check({ output: [call(), call({ id: 'fc_2' })] }),
  'call-name': () => check({ output: [call({ name: '' })] }),
  arguments: () => check({ output: [call({ arguments: {} })] }),
  message: () => check({ output: [message({ role: 'user' })] }),
  part: () => check({ output: [message({ content: [{ type: 'text', text: 'x' }] })] }),
  'usage-missing': () => check({ usage: null }),
  'usage-shape': () => check({ usage: { input_tokens: '5' } }),
  'usage-sum': () => check({ usage: { ...usage, total_tokens: 7 } }),
  'incomplete-reason': () => check({ status: 'incomplete' }),
  'failed-error': () => check({ status: 'failed', error: null }),
});

test(
  "the vendor's own recorded answers are clean",
  { skip: fixturesFolder() === undefined ? noFixtures : false },
  () => {
    // Of the others one is another object, and two say a status that only their recorder knows.
    const others = /compact|previous-id/;
    const recordings = fixtures({ provider: 'openai', dialect: 'openai-responses', streamed: false, ok: true });
    assert.ok(recordings.length > 10);
    for (const { name, bytes } of recordings) {
      if (!others.test(name)) assert.deepEqual(validateResponsesReply(bytes), [], name);
    }
  },
);
