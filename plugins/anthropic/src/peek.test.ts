import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bodyOf, GatewayError, type Peeked } from '@tapgate/core';
import { anthropicMessages } from './anthropic-messages.ts';

function peek(body: string, operation = 'chat'): Peeked {
  return anthropicMessages.peek({
    operation,
    path: '/v1/messages',
    query: '',
    headers: new Map(),
    body: bodyOf(Buffer.from(body)),
  });
}

test('model and stream are read, wherever they stand and however they are spelt', () => {
  assert.deepEqual(peek('{"messages":[{"model":"no","stream":true}],"model":"a\\u0062"}'), {
    model: 'ab',
    streamed: false,
  });
  assert.deepEqual(peek('{"model":"x","stream": true }'), { model: 'x', streamed: true });
  assert.deepEqual(peek('{"model":"x","stream":true}', 'count-tokens'), { model: 'x', streamed: false });
  assert.deepEqual(peek('', 'batch-list'), { model: '', streamed: false });
});

test('a session that an agent puts into the user’s id is found in both of its forms', () => {
  const session = (userId: string): string | undefined =>
    peek(JSON.stringify({ model: 'x', metadata: { user_id: userId } })).session;
  assert.equal(session('user_ab12_account__session_0b1e-4c'), '0b1e-4c');
  assert.equal(session('{"device_id":"d","session_id":"s-9"}'), 's-9');
  assert.equal(session('somebody'), undefined);
});

test('what cannot be served is refused before anything is', () => {
  const code = (body: string): string | undefined => {
    try {
      peek(body);
    } catch (error) {
      return GatewayError.is(error) ? error.code : undefined;
    }
    return undefined;
  };
  assert.equal(code('{"model":"a"'), 'BODY_INVALID');
  assert.equal(code('{"model":"a","model":"b"}'), 'BODY_DUPLICATE_FIELD');
  assert.equal(code('{"messages":[]}'), 'MODEL_MISSING');
  assert.equal(code('{"model":7}'), 'MODEL_MISSING');
  assert.equal(code('{"model":"a","api_base":"http://x"}'), 'DIRECTED_ELSEWHERE');
});

test('a path that is shared is this dialect’s for clients who name its version', () => {
  const route = anthropicMessages.routes.find(({ path }) => path === '/v1/models');
  assert.equal(route?.when?.(new Map([['anthropic-version', '2023-06-01']]), '/v1/models'), true);
  assert.equal(route?.when?.(new Map([['authorization', 'x']]), '/v1/models'), false);
});
