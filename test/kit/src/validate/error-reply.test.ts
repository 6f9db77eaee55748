import assert from 'node:assert/strict';
import test from 'node:test';
import { eachRuleAlone } from '../../subjects/each-rule.ts';
import { fixtures, fixturesFolder, noFixtures } from '../replay.ts';
import { errorRules, validateError } from './error-reply.ts';

const openai = { error: { message: 'No.', type: 'invalid_request_error', param: null, code: null } };
const messages = { type: 'error', error: { type: 'rate_limit_error', message: 'Slow down.' } };
const google = { error: { code: 503, message: 'Busy.', status: 'UNAVAILABLE' } };

test('good errors have no violation in their dialects', () => {
  assert.deepEqual(validateError('openai-chat', 400, openai), []);
  assert.deepEqual(validateError('openai-responses', 400, JSON.stringify(openai)), []);
  assert.deepEqual(validateError('anthropic-messages', 429, messages), []);
  assert.deepEqual(validateError('google-generate', 503, Buffer.from(JSON.stringify(google))), []);
  assert.deepEqual(validateError('a-dialect-of-ones-own', 418, { message: 'Short and stout.' }), []);
});

test('the shape of one dialect is none of another', () => {
  assert.equal(validateError('openai-chat', 503, google).length, 1);
  assert.equal(validateError('anthropic-messages', 400, openai).length, 1);
  assert.equal(validateError('google-generate', 429, messages).length, 1);
});

eachRuleAlone('an error', errorRules, {
  status: () => validateError('openai-chat', 200, openai),
  json: () => validateError('openai-chat', 502, '<html>Bad Gateway</html>'),
  message: () => validateError('openai-chat', 400, { error: { ...openai.error, message: '' } }),
  leak: () =>
    validateError('openai-chat', 500, {
      error: { ...openai.error, message: 'x\n    at read (file:///srv/core/gateway.ts:3:7)' },
    }),
  shape: () => validateError('openai-chat', 429, { error: { ...openai.error, code: 429 } }),
  type: () => validateError('anthropic-messages', 500, messages),
  code: () => validateError('google-generate', 500, { error: { code: 503, message: 'Busy.', status: 'INTERNAL' } }),
});

test(
  "the vendors' own recorded errors are clean",
  { skip: fixturesFolder() === undefined ? noFixtures : false },
  () => {
    const recordings = fixtures({ provider: ['openai', 'anthropic', 'gemini'], ok: false });
    assert.ok(recordings.length > 8);
    for (const { name, dialect, status, bytes } of recordings) {
      assert.deepEqual(validateError(dialect, status, bytes), [], name);
    }
  },
);
