import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import test from 'node:test';
import * as fc from 'fast-check';
import type { GatewayError } from '../errors.ts';
import { Secret } from '../secret.ts';
import { clientHeaders, passedThrough, requestHeaders } from './header-rules.ts';
import { codeOf, open, read, request, serve, whole } from './local-server.test.ts';
import type { UpstreamRequest } from './upstream.ts';

const sent = (more: Partial<UpstreamRequest>, id = 'me'): ReadonlyMap<string, string> => {
  const fields = requestHeaders(request('http://a', more), id);
  const pairs = fields.flatMap((name, at) => (at % 2 === 0 ? [[name, fields[at + 1] ?? ''] as const] : []));
  assert.equal(new Set(pairs.map(([name]) => name)).size, pairs.length, 'no header twice');
  return new Map(pairs);
};

const everything = new Map([
  ['accept', 'text/event-stream'],
  ['content-type', 'application/json'],
  ['vendor-version', '2023'],
  ['cookie', 'session=1'],
  ['authorization', 'Bearer client'],
  ['x-forwarded-for', '10.0.0.1'],
  ['host', 'elsewhere'],
  ['connection', 'close'],
  ['transfer-encoding', 'chunked'],
  ['content-length', '7'],
  ['content-encoding', 'gzip'],
  ['accept-encoding', 'gzip'],
  ['expect', '100-continue'],
  ['te', 'trailers'],
  ['upgrade', 'h2c'],
  ['user-agent', 'client/1'],
]);

test('only what is on the list goes out, and what the provider names', () => {
  const headers = sent({ headers: everything, own: ['vendor-version'] });
  assert.deepEqual([...headers.keys()].toSorted(), [
    'accept',
    'accept-encoding',
    'content-type',
    'user-agent',
    'vendor-version',
    'via',
  ]);
  assert.match(headers.get('user-agent') ?? '', /^tapgate\/\d+\.\d+\.\d+/);
  assert.equal(headers.get('accept-encoding'), 'identity');
});

test('a provider may name itself, but no header of the connection', () => {
  const headers = sent({ headers: everything, own: [...everything.keys()] });
  assert.equal(headers.get('user-agent'), 'client/1');
  assert.equal(headers.get('accept-encoding'), 'identity');
  for (const name of [
    'host',
    'connection',
    'transfer-encoding',
    'content-length',
    'content-encoding',
    'expect',
    'te',
    'upgrade',
  ])
    assert.equal(headers.has(name), false, name);
});

test("the credential stands in the place of a client's own", () => {
  const credential = { header: 'Authorization', prefix: 'Bearer ', secret: new Secret('mine') };
  assert.equal(sent({ headers: everything, own: ['authorization'], credential }).get('authorization'), 'Bearer mine');
});

test('a value that no header can hold is refused, and its text is nowhere in the error', async (t) => {
  const server = await serve(t, ({ socket }) => socket.write(whole('ok')));
  const { upstream } = open(t);
  const callable = Object.assign(() => {}, { toString: () => 'canary' });
  for (const value of [
    'canary\r\nx-evil: 1',
    'canary\n',
    'canary\0',
    'canärÿ',
    ['canary'],
    7,
    null,
    { toString: () => 'canary' },
    callable,
  ]) {
    const headers = new Map([['accept', value as string]]);
    const failure: GatewayError = await upstream(request(server.origin, { headers })).then(
      () => assert.fail('it went out'),
      (error: GatewayError) => error,
    );
    assert.equal(failure.code, 'INTERNAL');
    assert.ok(failure.cause instanceof TypeError);
    assert.doesNotMatch(inspect(failure), /can[aä]r/);
  }
  const credential = { header: 'x-key', secret: new Secret('canary\r\nx-evil: 1') };
  assert.equal(await codeOf(upstream(request(server.origin, { credential }))), 'INTERNAL');
  assert.equal(server.sockets.length, 0);
});

test('no header value makes two headers of one', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (value) => {
      let fields: string[] = [];
      try {
        fields = requestHeaders(request('http://a', { headers: new Map([['accept', value]]) }), 'me');
      } catch {
        return true;
      }
      return !/[\r\n\0]/.test(fields.join(''));
    }),
  );
});

const answered = new Map([
  ['x-request-id', 'r1'],
  ['retry-after', '7'],
  ['set-cookie', 'a=1'],
  ['server', 'cloud'],
  ['vendor-organization', 'org-secret'],
  ['x-ratelimit-remaining', '3'],
  ['vendor-processing-ms', '12'],
  ['content-length', '4'],
  ['transfer-encoding', 'chunked'],
  ['www-authenticate', 'Bearer'],
]);

test('a client sees request ids, and what the provider exposes', () => {
  assert.deepEqual([...clientHeaders(answered, [])], [['x-request-id', 'r1']]);
  assert.deepEqual(
    [
      ...clientHeaders(answered, [
        'Vendor-Processing-Ms',
        'set-cookie',
        'content-length',
        'transfer-encoding',
        'absent',
      ]),
    ],
    [
      ['x-request-id', 'r1'],
      ['vendor-processing-ms', '12'],
    ],
  );
});

test('a client sees when to try again where there is a reason to', () => {
  assert.equal(clientHeaders(answered, [], 429).get('retry-after'), '7');
  assert.equal(clientHeaders(answered, [], 503).get('retry-after'), '7');
  assert.equal(clientHeaders(answered, [], 200).has('retry-after'), false);
});

test('a request that has passed this gateway is recognised, and so is one that goes in circles', async (t) => {
  const server = await serve(t, ({ socket }) => socket.write(whole('ok')));
  const { upstream, id } = open(t);
  await read((await upstream(request(server.origin))).bytes).over;
  const via = /\r\nvia: (.*)/.exec(server.asked[0]?.head ?? '')?.[1] ?? '';
  assert.equal(via, `1.1 tapgate-${id}`);
  assert.equal(passedThrough(new Map([['via', via]]), id), true);
  assert.equal(passedThrough(new Map([['via', via]]), `${id}x`), false);
  assert.equal(passedThrough(new Map(), id), false);
  assert.equal(passedThrough(new Map([['via', `1.0 proxy, ${via}, 1.1 cdn`]]), id), true);
  assert.equal(passedThrough(new Map([['via', '1.1 tapgate-a, 1.1 tapgate-b']]), id), false);
  assert.equal(passedThrough(new Map([['via', '1.1 tapgate-a, 1.1 tapgate-b, 1.1 tapgate-c']]), id), true);
});

test('gateways before this one are named, other proxies are not', () => {
  const headers = new Map([['via', '1.1 corporate-proxy.internal, 1.1 tapgate-a']]);
  assert.equal(sent({ headers }).get('via'), '1.1 tapgate-a, 1.1 tapgate-me');
});
