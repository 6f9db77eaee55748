import assert from 'node:assert/strict';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { bodyOf, textBody } from '../body.ts';
import { coreErrors } from '../errors.ts';
import { Secret } from '../secret.ts';
import { AddressGuard } from './address-guard.ts';
import { directConnect } from './connect.ts';
import {
  type Asked,
  chunk,
  codeOf,
  open,
  read,
  request,
  serve,
  streamHead,
  until,
  whole,
} from './local-server.test.ts';
import type { PoolRoute } from './pool.ts';
import { Pools } from './pools.ts';
import type { UpstreamRequest } from './upstream.ts';

const bearer = (key: string): Partial<UpstreamRequest> => ({
  credential: { header: 'Authorization', prefix: 'Bearer ', secret: new Secret(key) },
});

test('two credentials never share a connection, and the same one does', async (t) => {
  const server = await serve(t, ({ socket }) => socket.write(whole('ok')));
  const opened = open(t);
  for (const key of ['one', 'two', 'one', 'two', 'one']) {
    await read((await opened.upstream(request(server.origin, bearer(key)))).bytes).over;
    await sleep(5);
  }
  await read((await opened.upstream(request(server.origin))).bytes).over;
  const keys = server.asked.map(({ head, connection }) => [/authorization: (.*)/.exec(head)?.[1], connection]);
  assert.deepEqual(keys, [
    ['Bearer one', 0],
    ['Bearer two', 1],
    ['Bearer one', 0],
    ['Bearer two', 1],
    ['Bearer one', 0],
    [undefined, 2],
  ]);
  assert.equal(opened.stats().pools, 3);
});

test('a credential without a header separates connections and is not sent', async (t) => {
  const server = await serve(t, ({ socket }) => socket.write(whole('ok')));
  const { upstream } = open(t);
  const headers = new Map([['authorization', 'signed']]);
  for (const key of ['one', 'two']) {
    const signed = { headers, own: ['authorization'], credential: { secret: new Secret(key) } };
    await read((await upstream(request(server.origin, signed))).bytes).over;
    await sleep(5);
  }
  assert.equal(server.sockets.length, 2);
  for (const { head } of server.asked) {
    assert.match(head, /authorization: signed/);
    assert.doesNotMatch(head, /one|two/);
  }
});

test('calls at the same time have a connection each', async (t) => {
  const server = await serve(t, ({ socket }) => socket.write(whole('ok')));
  const { upstream } = open(t);
  const all = await Promise.all(Array.from({ length: 10 }, () => upstream(request(server.origin))));
  await Promise.all(all.map(({ bytes }) => read(bytes).over));
  assert.equal(server.sockets.length, 10);
});

/** Closes each connection without a word when it is asked a second time, as a server does that just closed it. */
const closesWhenAskedAgain =
  (by: 'end' | 'reset', then: (asked: Asked) => unknown) =>
  (asked: Asked): void => {
    const again = asked.number > 0 && asked.connection === 0;
    if (!again) then(asked);
    else if (by === 'end') asked.socket.end();
    else asked.socket.resetAndDestroy();
  };

for (const by of ['end', 'reset'] as const) {
  for (const [kind, body] of [
    ['small', textBody('{"small":true}')],
    ['large', bodyOf(...Array.from({ length: 10 }, () => Buffer.alloc(20_000, 97)))],
  ] as const) {
    test(`a kept connection that turns out to be closed by ${by} costs nothing: a ${kind} request goes out anew`, async (t) => {
      const server = await serve(
        t,
        closesWhenAskedAgain(by, ({ socket }) => socket.write(whole('ok'))),
      );
      const { upstream } = open(t);
      for (let turn = 0; turn < 2; turn += 1) {
        const got = read((await upstream(request(server.origin, { body }))).bytes);
        await got.over;
        assert.equal(got.text, 'ok');
        await sleep(10);
      }
      assert.deepEqual(
        server.asked.map(({ connection, body: sent }) => [connection, sent.length]),
        [0, 0, 1].map((connection) => [connection, body.length]),
      );
    });
  }
}

test('a stale connection is tried again once only', async (t) => {
  const server = await serve(t, ({ socket, number }) => (number === 0 ? socket.write(whole('ok')) : socket.end()));
  const { upstream } = open(t);
  await read((await upstream(request(server.origin))).bytes).over;
  await sleep(10);
  assert.equal(await codeOf(upstream(request(server.origin))), 'UPSTREAM_RESET');
  assert.equal(server.asked.length, 3);
});

test('a call that meets a stale connection does not take the next stale one', async (t) => {
  const server = await serve(t, ({ socket, connection, number }) =>
    connection < 2 && number >= 2 ? socket.end() : socket.write(whole('ok')),
  );
  const { upstream } = open(t);
  const both = await Promise.all([upstream(request(server.origin)), upstream(request(server.origin))]);
  await Promise.all(both.map(({ bytes }) => read(bytes).over));
  await sleep(10);
  await read((await upstream(request(server.origin))).bytes).over;
  assert.deepEqual(server.asked.at(-1)?.connection, 2);
});

test('after the first byte of an answer nothing is sent again', async (t) => {
  const server = await serve(
    t,
    closesWhenAskedAgain('end', ({ socket }) => socket.write(whole('ok'))),
  );
  const { upstream } = open(t);
  await read((await upstream(request(server.origin))).bytes).over;
  await sleep(10);
  const call = codeOf(upstream(request(server.origin)));
  // The first bytes come before the close: the server had read the request.
  server.sockets[0]?.prependOnceListener('data', () => server.sockets[0]?.write('HTTP/1.1 20'));
  assert.equal(await call, 'UPSTREAM_RESET');
  assert.equal(server.asked.length, 2);
});

test('a body that can be sent only once is not sent again', async (t) => {
  const server = await serve(
    t,
    closesWhenAskedAgain('end', ({ socket }) => socket.write(whole('ok'))),
  );
  const { upstream } = open(t);
  await read((await upstream(request(server.origin))).bytes).over;
  await sleep(10);
  const stream = (async function* () {
    yield Buffer.from('once');
  })();
  const call = upstream(request(server.origin, { body: { chunks: [], length: 4, stream } }));
  assert.equal(await codeOf(call), 'UPSTREAM_RESET');
  assert.equal(server.asked.length, 2);
});

test('a connection that the server closes while it is idle is not used', async (t) => {
  const server = await serve(t, ({ socket }) => socket.write(whole('ok')));
  const { upstream } = open(t);
  await read((await upstream(request(server.origin))).bytes).over;
  server.sockets[0]?.end();
  await sleep(30);
  await read((await upstream(request(server.origin))).bytes).over;
  assert.deepEqual(
    server.asked.map(({ connection }) => connection),
    [0, 1],
  );
});

test('a server that says how long it waits is not kept longer', async (t) => {
  const server = await serve(t, ({ socket }) => socket.write(whole('ok', 'keep-alive: timeout=1\r\n')));
  const { upstream } = open(t);
  await read((await upstream(request(server.origin))).bytes).over;
  await until(() => server.sockets[0]?.destroyed === true, 'the socket closes');
});

test('idle connections do not keep the process', async (t) => {
  const server = await serve(t, ({ socket }) => socket.write(whole('ok')));
  const { upstream } = open(t);
  await read((await upstream(request(server.origin))).bytes).over;
  await sleep(20);
  const timers = process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout');
  assert.deepEqual(timers, []);
});

const guard = new AddressGuard(['127.0.0.1']);
const route = ({ origin }: { readonly origin: string }): PoolRoute => ({
  url: new URL(origin),
  connect: directConnect(guard, undefined),
  prefix: '',
  headers: [],
  maxConnections: 1,
});
const key = (origin: string): { origin: string; secret: undefined; allowPrivate: readonly string[] } => ({
  origin,
  secret: undefined,
  allowPrivate: [],
});

test('when there are too many pools the least recently used one makes room', async () => {
  const pools = new Pools(route, { maxPools: 2, unusedMs: 60_000 });
  const a = pools.for(key('http://127.0.0.1:1'));
  const b = pools.for(key('http://127.0.0.1:2'));
  assert.equal(pools.for(key('http://127.0.0.1:1')), a);
  pools.for(key('http://127.0.0.1:3'));
  assert.equal(pools.size, 2);
  assert.equal(pools.for(key('http://127.0.0.1:1')), a);
  assert.notEqual(pools.for(key('http://127.0.0.1:2')), b);
  await pools.close(coreErrors.DRAINING());
});

test('a pool that nobody uses is dropped after a while', async () => {
  const pools = new Pools(route, { maxPools: 10, unusedMs: 20 });
  // The sweeper does not keep the process: something else must, here.
  const alive = setInterval(() => {}, 1000);
  Object.defineProperty(pools.for(key('http://127.0.0.1:1')), 'busy', { value: true });
  pools.for(key('http://127.0.0.1:2'));
  await until(() => pools.size === 1, 'the idle pool goes');
  await sleep(60);
  assert.equal(pools.size, 1, 'the busy one stays');
  clearInterval(alive);
  await pools.close(coreErrors.DRAINING());
});

test('what a provider may reach of private space is not lent to another', async (t) => {
  const server = await serve(t, ({ socket }) => socket.write(whole('ok')));
  const { upstream } = open(t, { allowPrivate: [] });
  await read((await upstream(request(server.origin, { allowPrivate: ['127.0.0.1'] }))).bytes).over;
  await sleep(10);
  assert.equal(await codeOf(upstream(request(server.origin))), 'UPSTREAM_ADDRESS');
  assert.equal(server.sockets.length, 1);
});

test('thousands of calls leave nothing behind', async (t) => {
  const server = await serve(t, ({ socket, number }) => {
    if (number % 7 === 0) socket.resetAndDestroy();
    else if (number % 5 === 0) socket.end(streamHead + chunk('cut'));
    else socket.write(whole('ok'));
  });
  const opened = open(t);
  const one = async (turn: number): Promise<void> => {
    const controller = new AbortController();
    const call = opened.upstream(request(server.origin, { signal: controller.signal, body: textBody('{}') }));
    if (turn % 11 === 0) setImmediate(() => controller.abort());
    await call.then(({ bytes }) => read(bytes).over).catch(() => {});
  };
  for (let round = 0; round < 50; round += 1) await Promise.all(Array.from({ length: 20 }, (_, at) => one(at)));
  assert.equal(opened.stats().openRequests, 0);
  await opened.close();
  await until(() => server.sockets.every((socket) => socket.destroyed), 'all sockets close');
});
