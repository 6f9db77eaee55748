import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ErrorKind } from '@tapgate/core';
import { fixtures, fixturesFolder, noFixtures } from '@tapgate/test-kit';
import { readError } from './read-error.ts';

const skip = fixturesFolder() === undefined ? noFixtures : false;
const read = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  readError(
    status,
    new Map(Object.entries(headers)),
    Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
  );
const error = (code: number, status: string, message: string, ...details: readonly object[]): object => ({
  error: { code, status, message, details },
});
const info = (reason: string): object => ({ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason });
const quota = (quotaId: string): object => ({
  '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
  violations: [{ quotaId }],
});

test('a failure’s name, its reason and its words tell what kind it is, whatever the status says', () => {
  const cases: readonly (readonly [number, object, ErrorKind])[] = [
    [
      400,
      error(400, 'INVALID_ARGUMENT', 'API key not valid. Please pass a valid API key.', info('API_KEY_INVALID')),
      'authentication',
    ],
    [400, error(400, 'INVALID_ARGUMENT', 'API key expired. Please renew the API key.'), 'authentication'],
    [400, error(400, 'INVALID_ARGUMENT', 'Invalid JSON payload received. Unknown name "x".'), 'invalid-request'],
    [
      400,
      error(
        400,
        'INVALID_ARGUMENT',
        'The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).',
      ),
      'context-length',
    ],
    [400, error(400, 'FAILED_PRECONDITION', 'User location is not supported for the API use.'), 'permission'],
    [
      403,
      error(
        403,
        'PERMISSION_DENIED',
        'Vertex AI API has not been used in project 1 before or it is disabled.',
        info('SERVICE_DISABLED'),
      ),
      'permission',
    ],
    [
      403,
      error(403, 'PERMISSION_DENIED', 'This API method requires billing to be enabled.', info('BILLING_DISABLED')),
      'billing',
    ],
    [401, error(401, 'UNAUTHENTICATED', 'Request had invalid authentication credentials.'), 'authentication'],
    [404, error(404, 'NOT_FOUND', 'models/x is not found for API version v1beta.'), 'not-found'],
    [
      429,
      error(429, 'RESOURCE_EXHAUSTED', 'Slow down.', quota('GenerateRequestsPerMinutePerProjectPerModel-FreeTier')),
      'rate-limit',
    ],
    [
      429,
      error(429, 'RESOURCE_EXHAUSTED', 'Enough.', quota('GenerateRequestsPerDayPerProjectPerModel-FreeTier')),
      'quota',
    ],
    [429, error(429, 'RESOURCE_EXHAUSTED', 'Your prepayment credits are depleted.'), 'quota'],
    [500, error(500, 'INTERNAL', 'An internal error has occurred.'), 'server'],
    [503, error(503, 'UNAVAILABLE', 'The model is overloaded.'), 'overloaded'],
    [504, error(504, 'DEADLINE_EXCEEDED', 'Deadline expired before operation could complete.'), 'timeout'],
    [413, '<html>Too large</html>' as unknown as object, 'too-large'],
  ];
  for (const [status, body, kind] of cases) assert.equal(read(status, body).kind, kind, JSON.stringify(body));
});

test('an error in a list, of a stream without events, is the same error', () => {
  const single = error(503, 'UNAVAILABLE', 'The model is overloaded.');
  assert.deepEqual(read(503, [single]), read(503, single));
});

test('how long to wait is in the body, else in a header', () => {
  const wait = { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '34.4s' };
  assert.equal(read(429, error(429, 'RESOURCE_EXHAUSTED', 'x', wait)).retryAfterMs, 34_400);
  assert.equal(read(429, error(429, 'RESOURCE_EXHAUSTED', 'x'), { 'retry-after': '7' }).retryAfterMs, 7000);
  assert.equal(read(429, error(429, 'RESOURCE_EXHAUSTED', 'x')).retryAfterMs, undefined);
});

test('the field at fault and the vendor’s own words are kept, keys in them are not', () => {
  const details = {
    '@type': 'type.googleapis.com/google.rpc.BadRequest',
    fieldViolations: [{ field: 'contents[0].parts', description: 'Empty.' }],
  };
  const found = read(
    400,
    error(400, 'INVALID_ARGUMENT', 'Consumer api_key:AIzaSyA1234567890123456789012345678901 is bad.', details),
  );
  assert.deepEqual([found.param, found.type, found.code], ['contents[0].parts', 'INVALID_ARGUMENT', '400']);
  assert.doesNotMatch(found.message, /AIzaSyA123/);
});

test('recorded errors are read', { skip }, () => {
  const recorded = fixtures({ dialect: 'google-generate', ok: false });
  const kinds = recorded.map(({ status, headers, bytes, name }) => [name, readError(status, headers, bytes).kind]);
  assert.deepEqual(Object.fromEntries(kinds), {
    'gemini/not-found-error': 'not-found',
    'gemini/quota-429': 'rate-limit',
  });
});
