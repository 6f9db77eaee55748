import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scrubMessage } from './scrub-message.ts';

const leaks = [
  'Incorrect API key provided: sk-proj-abcDEF1234567890abcdef. You can find your key at the console.',
  'Incorrect API key provided: sk-abcde***************************wxyz.',
  'Invalid header authorization: Bearer gsk_abcdefghijklmnop1234567890',
  'GET https://example.com/v1/models?key=AIzaSyA1234567890abcdefghijklmnop failed',
  'could not reach https://admin:hunter2hunter2@10.0.0.1/v1',
  'token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJlc2ln rejected',
  'The key hf_abcdefghijklmnopqrstuvwx is not allowed',
];

test('nothing that looks like a credential is left in an upstream’s message', () => {
  for (const message of leaks) {
    const scrubbed = scrubMessage(message);
    assert.match(scrubbed, /\[secret\]/, message);
    assert.doesNotMatch(scrubbed, /abcdefgh|abcDEF|hunter2|eyJzdWI|wxyz|AIzaSy/, message);
  }
});

test('accounts are not named', () => {
  assert.equal(
    scrubMessage('Rate limit reached in organization org-abcdefghij1234567890 on requests.'),
    'Rate limit reached in organization [account] on requests.',
  );
});

test('ordinary words stay as they are', () => {
  for (const message of [
    'max_tokens is too large: 200000.',
    "Unknown parameter: 'messages[0].token'.",
    'The token limit is 4096 tokens.',
    'user_not_found: no such user',
    'model "key-value-store" does not exist',
  ]) {
    assert.equal(scrubMessage(message), message);
  }
});

test('a message is cut at 400 characters, and never within one', () => {
  assert.equal(scrubMessage('x'.repeat(400)).length, 400);
  const cut = scrubMessage('🙂'.repeat(300));
  assert.ok(cut.length <= 400 && cut.isWellFormed() && cut.endsWith('…'));
});

test('a very long message takes no time', () => {
  assert.ok(scrubMessage(`${'a'.repeat(5_000_000)} sk-${'b'.repeat(100)}`).length <= 400);
});
