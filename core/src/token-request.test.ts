import assert from 'node:assert/strict';
import { test } from 'node:test';
import { coreErrors, GatewayError } from './errors.ts';
import { failureKind, outcomeOf } from './failure.ts';
import { streamOf } from './reply.ts';
import { Secret } from './secret.ts';
import { requestToken, tokenIn, type TokenRequest, type TokenWays } from './token-request.ts';
import type { UpstreamRequest } from './upstream/upstream.ts';

const signal = new AbortController().signal;
const url = 'https://login.example.com/tenant/token?v=2';

/** A place that answers all alike, or throws. */
function place(status: number, body: string | Error): { readonly ways: TokenWays; readonly asked: UpstreamRequest[] } {
  const asked: UpstreamRequest[] = [];
  const upstream: TokenWays['upstream'] = async (request) => {
    asked.push(request);
    if (typeof body !== 'string') throw body;
    return { status, headers: new Map(), bytes: streamOf(Buffer.from(body)) };
  };
  return { ways: { provider: 'acme', upstream }, asked };
}

async function failed(status: number, body: string | Error, more: Partial<TokenRequest> = {}): Promise<GatewayError> {
  const { ways } = place(status, body);
  const error: unknown = await requestToken(ways, { url, form: {}, signal, ...more }).catch((cause: unknown) => cause);
  assert.ok(GatewayError.is(error));
  return error;
}

test('a form goes out with what is in it, and the vendor’s own headers', async () => {
  const { ways, asked } = place(200, '{"access_token":"t"}');
  const form = { grant_type: 'client_credentials', client_secret: new Secret('s&1'), scope: undefined };
  await requestToken(ways, { url, form, headers: { 'X-Own': new Secret('h') }, signal });
  const [request] = asked;
  assert.deepEqual([request?.origin, request?.path], ['https://login.example.com', '/tenant/token?v=2']);
  assert.equal(
    Buffer.concat(request?.body?.chunks ?? []).toString(),
    'grant_type=client_credentials&client_secret=s%261',
  );
  assert.equal(request?.headers.get('content-type'), 'application/x-www-form-urlencoded');
  assert.deepEqual([request?.headers.get('x-own'), request?.own], ['h', ['x-own']]);
});

test('a credential that is refused is told apart from a place that is in trouble', async () => {
  const refused = await failed(401, '{"error":"invalid_client","error_description":"AADSTS7000215: Wrong secret."}');
  assert.deepEqual([refused.code, refused.status, refused.retryable], ['UPSTREAM_TOKEN', 502, false]);
  assert.deepEqual([failureKind(refused), outcomeOf(refused)], ['credential', 'upstream-error']);
  // Why is for the log alone.
  assert.doesNotMatch(refused.message, /AADSTS|login/);
  assert.match((refused.cause as Error).message, /answered 401, invalid_client: AADSTS7000215: Wrong secret\./);
  for (const status of [429, 500, 503]) {
    const troubled = await failed(status, 'no');
    assert.deepEqual([failureKind(troubled), troubled.retryable], ['broken', true], String(status));
  }
  assert.equal(failureKind(await failed(410, '', { transient: [410] })), 'broken');
  assert.equal(failureKind(await failed(0, coreErrors.UPSTREAM_RESET({ provider: 'acme' }))), 'broken');
  assert.equal((await failed(0, coreErrors.DRAINING())).code, 'DRAINING');
  for (const body of ['', 'null', '[]', '<html>']) assert.equal(failureKind(await failed(200, body)), 'credential');
});

test('an end may be told in seconds, as a text, or as a time', () => {
  const { ways } = place(200, '');
  const of = (fields: object): number => tokenIn(ways, { access_token: 't', ...fields }, 1_000_000).expiresInMs;
  assert.deepEqual(
    [
      { expires_in: 60 },
      { expires_in: '60' },
      { expires_on: 1060 },
      { expires_on: '1060' },
      {},
      { expires_on: 'soon' },
    ].map(of),
    [60_000, 60_000, 60_000, 60_000, 3_600_000, 3_600_000],
  );
  assert.equal(of({ expires_on: 5 }), 0);
  assert.throws(() => tokenIn(ways, {}), { code: 'UPSTREAM_TOKEN' });
});
