import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bodyOf, textOf } from '@tapgate/core';
import { withoutModel } from './without-model.ts';

const body = bodyOf(Buffer.from('{"model":"claude", "max_tokens": 1e3,"stream":true,"messages":[{"model":"kept"}]}'));

test('the model goes out and the version comes in, and nothing else is touched', () => {
  assert.equal(
    textOf(withoutModel(body, 'vertex-2023-10-16')),
    '{ "max_tokens": 1e3,"stream":true,"messages":[{"model":"kept"}],"anthropic_version":"vertex-2023-10-16"}',
  );
});

test('a cloud takes out or puts in more the same way', () => {
  assert.equal(
    textOf(withoutModel(body, 'bedrock-2023-05-31', { stream: undefined, anthropic_beta: '["a"]' })),
    '{ "max_tokens": 1e3,"messages":[{"model":"kept"}],"anthropic_beta":["a"],"anthropic_version":"bedrock-2023-05-31"}',
  );
});
