import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GatewayError, upstreamFailed, type UpstreamError } from '@tapgate/core';
import { fixtureOrSkip, validateError } from '@tapgate/test-kit';
import { openaiChat } from '../openai-chat.ts';

const readError = (status: number, body: unknown, headers: Record<string, string> = {}): UpstreamError =>
  openaiChat.readError(
    status,
    new Map(Object.entries(headers)),
    Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
  );

test('a refusal keeps the upstream’s words, whatever the shape of its body', () => {
  const shapes: readonly (readonly [body: unknown, message: string])[] = [
    [{ error: { message: 'bad thing', type: 'invalid_request_error', param: 'p', code: 'c' } }, 'bad thing'],
    [{ error: 'bad thing', error_type: 'validation' }, 'bad thing'],
    [
      { error: { message: 'Provider returned error', code: 400, metadata: { raw: '{"message":"bad thing"}' } } },
      'bad thing',
    ],
    [{ object: 'error', message: 'bad thing', type: 'BadRequestError', code: 400 }, 'bad thing'],
    [{ message: 'bad thing', request_id: 'r' }, 'bad thing'],
    [{ detail: 'bad thing' }, 'bad thing'],
    [{ detail: [{ loc: ['body', 'temperature'], msg: 'bad thing', type: 'value_error' }] }, 'temperature: bad thing'],
    [{ success: false, errors: [{ code: 7000, message: 'bad thing' }] }, 'bad thing'],
    [{ base_resp: { status_code: 2013, status_msg: 'bad thing' } }, 'bad thing'],
    [[{ error: { code: 400, message: 'bad thing', status: 'INVALID_ARGUMENT' } }], 'bad thing'],
    ['"bad thing"', 'bad thing'],
    ['bad thing', 'bad thing'],
    ['<html><head><title>bad thing</title></head><body>x</body></html>', 'bad thing'],
    ['<html><body><h1>bad thing</h1></body></html>', 'bad thing'],
    ['<h1>bad thing</h1>', 'bad thing'],
    ['', 'The provider answered with status 400 and no words.'],
    [{}, 'The provider answered with status 400 and no words.'],
  ];
  for (const [body, message] of shapes) {
    const said = readError(400, body);
    assert.deepEqual([said.status, said.kind, said.message], [400, 'invalid-request', message], JSON.stringify(body));
    const { status, body: written } = openaiChat.writeError(upstreamFailed('p', said), 'r');
    assert.equal(status, 400);
    assert.deepEqual(validateError('openai-chat', status, written), []);
    assert.equal(JSON.parse(written).error.message, message);
  }
});

test('a code that is a number becomes a text', () => {
  assert.equal(readError(400, { error: { message: 'x', code: 400 } }).code, '400');
});

const kinds: readonly (readonly [status: number, body: unknown, kind: string])[] = [
  [
    429,
    { error: { message: 'You exceeded your current quota', type: 'insufficient_quota', code: 'insufficient_quota' } },
    'quota',
  ],
  [429, { error: { message: 'Rate limit reached', code: 'rate_limit_exceeded' } }, 'rate-limit'],
  [429, { error: 'Model is overloaded', error_type: 'overloaded' }, 'overloaded'],
  [400, { error: { message: 'Your credit balance is too low to access the API.' } }, 'billing'],
  [402, { error: { message: 'Insufficient Balance' } }, 'billing'],
  [402, 'You have exceeded your monthly included credits', 'quota'],
  [401, { error: { message: 'no', code: 'invalid_api_key' } }, 'authentication'],
  [400, [{ error: { message: 'API key not valid.', status: 'INVALID_ARGUMENT' } }], 'authentication'],
  [403, { error: { message: 'no' } }, 'permission'],
  [
    403,
    { error: { message: 'Input flagged by moderation', code: 403, metadata: { reasons: ['x'] } } },
    'content-policy',
  ],
  [404, { error: { message: 'no', code: 'model_not_found' } }, 'not-found'],
  [400, { error: { message: 'foo/bar is not a valid model ID', code: 400 } }, 'not-found'],
  [400, { error: { message: 'filtered', code: 'content_filter', innererror: {} } }, 'content-policy'],
  [400, { error: { message: "Unsupported parameter: 'max_tokens'", code: 'unsupported_parameter' } }, 'unsupported'],
  [400, { error: { message: 'Failed to call a function.', code: 'tool_use_failed' } }, 'unsupported'],
  [413, '', 'too-large'],
  [422, { detail: [{ loc: ['body'], msg: 'x' }] }, 'invalid-request'],
  [424, { error: 'Request failed during generation', error_type: 'generation' }, 'server'],
  [500, { error: { message: 'The model is overloaded' } }, 'overloaded'],
  [503, '', 'overloaded'],
  [529, '', 'overloaded'],
  [529, { error: { message: 'x', type: 'server_error' } }, 'overloaded'],
  [524, '', 'timeout'],
  [504, '', 'timeout'],
  [
    400,
    { error: { message: "This model's maximum context length is 8192 tokens.", code: 'context_length_exceeded' } },
    'context-length',
  ],
  [
    400,
    { error: { message: "This endpoint's maximum context length is 131072 tokens.", code: 400 } },
    'context-length',
  ],
  [429, { error: { message: 'Request too large on tokens per min (TPM)', code: 'rate_limit_exceeded' } }, 'rate-limit'],
  [400, { error: { message: 'string too long', code: 'string_above_max_length' } }, 'invalid-request'],
];

test('errors are told apart by what they say, and by their status only where they say nothing', () => {
  for (const [status, body, kind] of kinds) assert.equal(readError(status, body).kind, kind, JSON.stringify(body));
});

test('a used-up quota is not to be tried again, and a rate limit is', () => {
  const of = (code: string): GatewayError => upstreamFailed('p', readError(429, { error: { message: 'x', code } }));
  assert.equal(of('insufficient_quota').retryable, false);
  assert.equal(of('rate_limit_exceeded').retryable, true);
});

test('a conversation that is too long is told in the one code that agents go by, with the upstream’s words', () => {
  const message = 'prompt is too long: 210000 tokens > 200000 maximum';
  const said = readError(400, { type: 'error', error: { type: 'invalid_request_error', message } });
  const { status, body } = openaiChat.writeError(upstreamFailed('p', said), 'r');
  assert.deepEqual(
    [status, JSON.parse(body).error],
    [400, { message, type: 'invalid_request_error', param: null, code: 'context_length_exceeded' }],
  );
});

test('the time to wait is read from headers and from the body', () => {
  assert.equal(readError(429, '', { 'retry-after': '30' }).retryAfterMs, 30_000);
  const body = { error: { code: 429, message: 'x', details: [{ '@type': 'RetryInfo', retryDelay: '34.6s' }] } };
  assert.equal(readError(429, body).retryAfterMs, 34_600);
});

test('529 is a status that clients of this dialect do not know', () => {
  const { status, body } = openaiChat.writeError(new GatewayError('X', 529, 'busy', { kind: 'overloaded' }), 'r');
  assert.deepEqual([status, JSON.parse(body).error.type], [503, 'overloaded_error']);
});

test('keys that an upstream echoes are not passed on', () => {
  const said = readError(401, { error: { message: 'Incorrect API key provided: sk-proj-abcdefghijklmnop1234.' } });
  assert.doesNotMatch(JSON.stringify(said), /abcdefgh/);
  assert.doesNotMatch(openaiChat.writeError(upstreamFailed('p', said), 'r').body, /sk-proj/);
});

test('the recorded errors are read as what they are', (context) => {
  const expected: Readonly<Record<string, string>> = {
    'openai/chat-model-not-found-error': 'not-found',
    'openai/chat-legacy-param-error': 'unsupported',
    'openai/chat-system-role-unsupported-error': 'unsupported',
    'groq/not-found-error': 'not-found',
    'groq/tool-use-failed-error': 'unsupported',
    'openrouter/rate-limit-429': 'rate-limit',
    'huggingface/unprocessable-422': 'invalid-request',
    'voyage/embed-error': 'not-found',
  };
  for (const [name, kind] of Object.entries(expected)) {
    const fixture = fixtureOrSkip(context, name);
    if (fixture === undefined) return;
    const said = openaiChat.readError(fixture.status, fixture.headers, fixture.bytes);
    assert.equal(said.kind, kind, `${name}: ${said.message}`);
  }
});
