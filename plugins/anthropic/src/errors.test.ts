import assert from 'node:assert/strict';
import { test } from 'node:test';
import { coreErrors, type ErrorKind, GatewayError, type UpstreamError } from '@tapgate/core';
import { fixtures, fixturesFolder, noFixtures, validateError } from '@tapgate/test-kit';
import { anthropicMessages } from './anthropic-messages.ts';

function read(status: number, body: string | object, headers: Record<string, string> = {}): UpstreamError {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return anthropicMessages.readError(status, new Map(Object.entries(headers)), Buffer.from(text));
}
const said = (type: string, message: string): object => ({
  type: 'error',
  error: { type, message },
  request_id: 'req_1',
});

test('every type of error is known by its kind', () => {
  const kinds: [number, string, ErrorKind][] = [
    [400, 'invalid_request_error', 'invalid-request'],
    [401, 'authentication_error', 'authentication'],
    [402, 'billing_error', 'billing'],
    [403, 'permission_error', 'permission'],
    [404, 'not_found_error', 'not-found'],
    [413, 'request_too_large', 'too-large'],
    [429, 'rate_limit_error', 'rate-limit'],
    [500, 'api_error', 'server'],
    [504, 'timeout_error', 'timeout'],
    [529, 'overloaded_error', 'overloaded'],
  ];
  for (const [status, type, kind] of kinds) {
    const error = read(status, said(type, 'why'));
    assert.deepEqual(
      [error.kind, error.status, error.type, error.message, error.requestId],
      [kind, status, type, 'why', 'req_1'],
    );
  }
});

test('a conversation that is too long is told from other faults, with its own words', () => {
  const message = 'prompt is too long: 214315 tokens > 200000 maximum';
  assert.deepEqual(
    [read(400, said('invalid_request_error', message)).kind, read(400, said('invalid_request_error', message)).message],
    ['context-length', message],
  );
  assert.equal(
    read(
      400,
      said('invalid_request_error', 'input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000'),
    ).kind,
    'context-length',
  );
  assert.equal(
    read(429, said('rate_limit_error', 'This would exceed your limit of 40,000 input tokens per minute')).kind,
    'rate-limit',
  );
});

test('an account without credit is told from a wrong request', () => {
  assert.equal(
    read(400, said('invalid_request_error', 'Your credit balance is too low to access the API.')).kind,
    'billing',
  );
});

test('an answer that is no error document keeps what it says, without keys', () => {
  assert.deepEqual([read(413, '<html>Too large</html>').kind, read(502, 'bad gateway').kind], ['too-large', 'server']);
  assert.equal(read(502, '<!doctype html><html><title>502 Bad Gateway</title></html>').message, '502 Bad Gateway');
  assert.equal(read(400, { detail: 'no such thing' }).message, 'no such thing');
  assert.equal(read(400, '').message, 'The provider answered with status 400.');
  assert.equal(read(400, { error: 'plain' }).message, 'plain');
  assert.equal(
    read(401, said('authentication_error', 'bad key sk-ant-api03-abcdefghijklmnopqrstuvwxyz')).message.includes(
      'abcdef',
    ),
    false,
  );
  assert.equal(read(400, [said('invalid_request_error', 'listed')]).message, 'listed');
});

test('how long to wait and the request’s id are read from the headers', () => {
  const error = read(429, said('rate_limit_error', 'slow'), { 'retry-after': '30', 'request-id': 'req_9' });
  assert.deepEqual([error.retryAfterMs, error.requestId], [30_000, 'req_9']);
});

test('recorded errors are read', { skip: fixturesFolder() === undefined ? noFixtures : false }, () => {
  for (const { name, status, bytes, headers } of fixtures({ dialect: 'anthropic-messages', ok: false })) {
    const error = anthropicMessages.readError(status, headers, bytes);
    assert.equal(error.kind, status === 404 ? 'not-found' : 'invalid-request', name);
    assert.ok(error.message.length > 5);
  }
});

test('every error that core can say is one of this API’s, in its shape', () => {
  for (const [code, [status, sentence]] of Object.entries(coreErrors.rows)) {
    const error = new GatewayError(code, status, sentence);
    const written = anthropicMessages.writeError(error, 'req-1');
    assert.deepEqual(validateError('anthropic-messages', written.status, Buffer.from(written.body)), [], code);
    assert.deepEqual((JSON.parse(written.body) as { request_id: string }).request_id, 'req-1');
  }
});

test('an overload is 529 for these clients, whatever it was', () => {
  const busy = new GatewayError('UPSTREAM_FAILED', 503, 'Overloaded', { kind: 'overloaded' });
  const written = anthropicMessages.writeError(busy, 'r');
  assert.equal(written.status, 529);
  assert.match(written.body, /"type":"overloaded_error","message":"Overloaded"/);
});

test('a context error keeps its words and is an invalid request', () => {
  const long = new GatewayError('UPSTREAM_REFUSED', 400, 'prompt is too long: 5 > 4', { kind: 'context-length' });
  const written = anthropicMessages.writeError(long, 'r');
  assert.equal(written.status, 400);
  assert.match(written.body, /invalid_request_error","message":"prompt is too long: 5 > 4"/);
});
