import assert from 'node:assert/strict';
import { test } from 'node:test';
import { coreErrors, type ErrorKind } from '@tapgate/core';
import { failureCode } from './failure-code.ts';
import { readFailure } from './read-failure.ts';

test('each kind of failure has a code that clients act on', () => {
  const code = (kind: ErrorKind): string => failureCode(coreErrors.UPSTREAM_FAILED({ message: 'x' }, { kind }));
  assert.equal(code('context-length'), 'context_length_exceeded');
  assert.equal(code('rate-limit'), 'rate_limit_exceeded');
  assert.equal(code('invalid-request'), 'invalid_prompt');
  for (const kind of ['server', 'timeout', 'truncated', 'overloaded'] as const)
    assert.equal(code(kind), 'server_error');
});

test('a code of the API itself is kept, and one of another vendor is not', () => {
  const failed = (said: string): string => {
    const upstream = readFailure({ response: { error: { code: said, message: 'x' } } });
    return failureCode(coreErrors.UPSTREAM_FAILED({ message: 'x' }, { kind: upstream.kind, upstream }));
  };
  for (const said of ['server_error', 'vector_store_timeout', 'image_too_large', 'invalid_prompt', 'bio_policy']) {
    assert.equal(failed(said), said);
  }
  assert.equal(failed('1234'), 'server_error');
});

test('codes of failed responses say whom they blame', () => {
  const kind = (code: string): ErrorKind => readFailure({ type: 'error', code, message: 'x' }).kind;
  assert.equal(kind('invalid_prompt'), 'invalid-request');
  assert.equal(kind('invalid_image_url'), 'invalid-request');
  assert.equal(kind('bio_policy'), 'content-policy');
  assert.equal(kind('slow_down'), 'overloaded');
  assert.equal(kind('vector_store_timeout'), 'timeout');
  assert.equal(kind('insufficient_quota'), 'quota');
  assert.equal(kind('server_error'), 'server');
});
