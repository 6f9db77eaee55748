import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TokenSource } from './access-tokens.ts';
import { textBody } from './body.ts';
import { createHttpProvider, type HttpProviderOptions } from './http-provider.ts';
import type { Gateway } from './plugin.ts';
import type { Attempt } from './provider.ts';
import { streamOf } from './reply.ts';
import { Secret } from './secret.ts';
import type { UpstreamRequest, UpstreamResponse } from './upstream/upstream.ts';

const keys = { first: new Secret('one'), second: new Secret('two') };

/** What goes out for an attempt, and what comes of an answer of that type. */
async function call(
  options: Partial<HttpProviderOptions>,
  attempt: Partial<Attempt> = {},
  contentType = 'application/json',
): Promise<{ readonly request: UpstreamRequest; readonly streamed: boolean }> {
  let request: UpstreamRequest | undefined;
  const upstream = (asked: UpstreamRequest): Promise<UpstreamResponse> => {
    request = asked;
    return Promise.resolve({ status: 200, headers: new Map([['content-type', contentType]]), bytes: streamOf() });
  };
  const provider = createHttpProvider({ upstream } as Partial<Gateway> as Gateway, {
    name: 'acme',
    baseUrl: 'https://api.example.com/v1/',
    dialects: ['one'],
    credentials: keys,
    ...options,
  });
  const whole = {
    target: { provider: 'acme', model: 'm' },
    dialect: 'one',
    streamed: false,
    method: 'POST',
    path: '/chat?x=1',
    headers: new Map([['content-type', 'application/json']]),
    body: textBody('{}'),
    signal: new AbortController().signal,
    ...attempt,
  };
  const reply = await provider.call(whole as Partial<Attempt> as Attempt);
  assert.ok(request && reply.bytes);
  return { request, streamed: reply.streamed };
}

test('an attempt goes behind the base address, with the first credential and as it is', async () => {
  const { request } = await call({});
  assert.deepEqual([request.origin, request.path, request.method], ['https://api.example.com', '/v1/chat?x=1', 'POST']);
  assert.deepEqual([request.credential?.header, request.credential?.prefix], ['authorization', 'Bearer ']);
  assert.equal(request.credential?.secret.reveal(), 'one');
  assert.deepEqual([...request.headers], [['content-type', 'application/json']]);
});

test('a target names another credential, and one that is not there goes nowhere', async () => {
  const of = (credential: string): Partial<Attempt> => ({ target: { provider: 'acme', model: 'm', credential } });
  assert.equal((await call({}, of('second'))).request.credential?.secret.reveal(), 'two');
  await assert.rejects(call({}, of('third')), { code: 'UPSTREAM_CREDENTIAL' });
  assert.equal((await call({ credentials: {} })).request.credential, undefined);
});

test('headers of every request are sent and allowed, however they are spelt', async () => {
  const { request } = await call({ headers: { 'X-Bill-To': 'us', 'Content-Type': 'text/plain' }, own: ['beta'] });
  assert.deepEqual(
    [...request.headers],
    [
      ['content-type', 'text/plain'],
      ['x-bill-to', 'us'],
    ],
  );
  assert.deepEqual(request.own, ['beta', 'x-bill-to', 'content-type']);
});

test('an address that its operator wrote as private is allowed, and no other', async () => {
  assert.deepEqual((await call({ baseUrl: 'http://127.0.0.1:8000/v1' })).request.allowPrivate, ['127.0.0.1']);
  assert.deepEqual((await call({})).request.allowPrivate, []);
});

test('an answer is a stream or a document by its type, and by the wish where its type says neither', async () => {
  const types = {
    'text/event-stream; charset=utf-8': [true, true],
    'application/json': [false, false],
    'text/plain': [false, true],
    '': [false, true],
  };
  for (const [type, expected] of Object.entries(types)) {
    const got = await Promise.all([false, true].map(async (streamed) => (await call({}, { streamed }, type)).streamed));
    assert.deepEqual(got, expected, type);
  }
});

test('a request can be changed before it goes out', async () => {
  const { request } = await call({ prepare: (asked) => Promise.resolve({ ...asked, path: '/elsewhere' }) });
  assert.equal(request.path, '/elsewhere');
});

/** A place that is asked with tokens; `refused` are those that it does not take. */
async function callWithTokens(
  source: TokenSource,
  refused: readonly string[],
  attempt: Partial<Attempt> = {},
): Promise<{ readonly status: number; readonly sent: readonly string[] }> {
  const sent: string[] = [];
  const upstream = async ({ credential }: UpstreamRequest): Promise<UpstreamResponse> => {
    const value = `${credential?.header} ${credential?.prefix}${credential?.secret.reveal()}`;
    sent.push(value);
    const status = refused.some((token) => value.endsWith(token)) ? 401 : 200;
    return { status, headers: new Map(), bytes: streamOf() };
  };
  const provider = createHttpProvider({ upstream, log: { warn: () => {} } } as unknown as Gateway, {
    name: 'acme',
    baseUrl: 'https://api.example.com',
    dialects: ['one'],
    credentials: { identity: source },
    credentialHeader: { header: 'api-key' },
  });
  assert.deepEqual(provider.credentials, ['identity']);
  const target = { provider: 'acme', model: 'm' };
  const body = textBody('{}');
  const reply = await provider.call({ target, path: '/', headers: new Map(), body, ...attempt } as Attempt);
  return { status: reply.status ?? 0, sent };
}

const numbered = (): TokenSource => {
  let count = 0;
  return async () => ({ token: new Secret(`token-${(count += 1)}`), expiresInMs: 3_600_000 });
};

test('a token goes as a bearer, and is replaced once where it is no longer taken', async () => {
  assert.deepEqual(await callWithTokens(numbered(), []), { status: 200, sent: ['authorization Bearer token-1'] });
  const replaced = await callWithTokens(numbered(), ['token-1']);
  assert.deepEqual(replaced, { status: 200, sent: ['authorization Bearer token-1', 'authorization Bearer token-2'] });
  assert.deepEqual((await callWithTokens(numbered(), ['token-1', 'token-2', 'token-3'])).sent.length, 2);
});

test('an upload that passed through is not sent again with another token', async () => {
  const stream = (async function* (): AsyncGenerator<Uint8Array> {})();
  const passing = await callWithTokens(numbered(), ['token-1'], { body: { chunks: [], length: -1, stream } });
  assert.deepEqual([passing.status, passing.sent.length], [401, 1]);
});
