import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { textBody } from '../body.ts';
import { chunk, codeOf, open, read, request, serve, streamHead, until, whole } from './local-server.test.ts';

test('a call that is over listens to its signal no longer, however it ended', async (t) => {
  const server = await serve(t, ({ socket, number }) => (number === 0 ? socket.write(whole('ok')) : socket.end()));
  const { upstream } = open(t);
  const { signal } = new AbortController();
  await read((await upstream(request(server.origin, { signal }))).bytes).over;
  assert.equal(getEventListeners(signal, 'abort').length, 0);
  const call = codeOf(upstream(request(server.origin, { signal })));
  assert.equal(getEventListeners(signal, 'abort').length, 1);
  assert.equal(await call, 'UPSTREAM_RESET');
  assert.equal(getEventListeners(signal, 'abort').length, 0);
});

test('a call that is aborted before it begins makes no connection', async (t) => {
  const server = await serve(t, () => {});
  const opened = open(t);
  const { upstream } = opened;
  assert.equal(await codeOf(upstream(request(server.origin, { signal: AbortSignal.abort() }))), 'CLIENT_LEFT');
  await sleep(30);
  assert.equal(server.sockets.length, 0);
  assert.deepEqual(opened.stats(), { pools: 0, openRequests: 0 });
});

test('an abort in the turn of the call gives the connection up', async (t) => {
  const server = await serve(t, ({ socket }) => socket.write(whole('ok')));
  const { upstream } = open(t);
  const controller = new AbortController();
  const call = codeOf(upstream(request(server.origin, { signal: controller.signal })));
  controller.abort();
  assert.equal(await call, 'CLIENT_LEFT');
  await sleep(30);
  assert.equal(server.asked.length, 0);
  await read((await upstream(request(server.origin))).bytes).over;
});

test('an abort while the connection is made closes it', async (t) => {
  const server = await serve(t, () => {});
  const { upstream } = open(t);
  const controller = new AbortController();
  const call = codeOf(upstream(request(server.origin.replace('http', 'https'), { signal: controller.signal })));
  await until(() => server.sockets.length === 1, 'the handshake begins');
  controller.abort();
  assert.equal(await call, 'CLIENT_LEFT');
  await until(() => server.sockets[0]?.destroyed === true, 'the socket closes');
});

test('an abort while the upstream is silent closes the socket', async (t) => {
  const server = await serve(t, () => {});
  const { upstream } = open(t);
  const controller = new AbortController();
  const call = codeOf(upstream(request(server.origin, { signal: controller.signal, body: textBody('{}') })));
  await until(() => server.asked.length === 1, 'it is asked');
  controller.abort();
  assert.equal(await call, 'CLIENT_LEFT');
  await until(() => server.sockets[0]?.destroyed === true, 'the socket closes');
});

test('an abort between head and reading fails the reader', async (t) => {
  const server = await serve(t, ({ socket }) => socket.write(streamHead + chunk('one')));
  const { upstream } = open(t);
  const controller = new AbortController();
  const { bytes } = await upstream(request(server.origin, { signal: controller.signal }));
  controller.abort();
  await until(() => server.sockets[0]?.destroyed === true, 'the socket closes');
  const got = read(bytes);
  await got.over;
  assert.equal((got.ending as { code?: string }).code, 'CLIENT_LEFT');
});

for (const paused of [false, true]) {
  test(`an abort while ${paused ? 'a paused reader waits' : 'the answer streams'} closes the socket and fails the reader`, async (t) => {
    const server = await serve(t, ({ socket }) => socket.write(streamHead + chunk('one')));
    const { upstream } = open(t);
    const controller = new AbortController();
    const { bytes } = await upstream(request(server.origin, { signal: controller.signal }));
    const got = read(bytes, (control) => void (paused && control().pause()));
    await until(() => got.bytes > 0, 'the first chunk');
    controller.abort();
    await got.over;
    assert.equal((got.ending as { code?: string }).code, 'CLIENT_LEFT');
    await until(() => server.sockets[0]?.destroyed === true, 'the socket closes');
  });
}

test('a reader that aborts hears nothing more, and the socket is not used again', async (t) => {
  const server = await serve(t, ({ socket, number }) =>
    socket.write(number === 0 ? streamHead + chunk('one') : whole('ok')),
  );
  const { upstream } = open(t);
  const got = read((await upstream(request(server.origin))).bytes, (control) => control().abort());
  await until(() => server.sockets[0]?.destroyed === true, 'the socket closes');
  assert.deepEqual([got.text, got.ending], ['one', undefined]);
  await read((await upstream(request(server.origin))).bytes).over;
  assert.equal(server.sockets.length, 2);
});

test('a reader that aborts before the first byte hears nothing', async (t) => {
  const server = await serve(t, ({ socket }) => socket.write(streamHead));
  const { upstream } = open(t);
  const got = read((await upstream(request(server.origin))).bytes);
  got.control.abort();
  got.control.abort();
  await until(() => server.sockets[0]?.destroyed === true, 'the socket closes');
  assert.equal(got.ending, undefined);
});

test('an abort on a kept connection before the request is written leaves nothing behind', async (t) => {
  const server = await serve(t, ({ socket }) => socket.write(whole('ok')));
  const { upstream } = open(t);
  await read((await upstream(request(server.origin))).bytes).over;
  await sleep(10);
  const controller = new AbortController();
  const call = codeOf(upstream(request(server.origin, { signal: controller.signal })));
  controller.abort();
  assert.equal(await call, 'CLIENT_LEFT');
  await sleep(20);
  assert.equal(server.asked.length, 1);
  await read((await upstream(request(server.origin))).bytes).over;
});

test('an abort takes back a call that waits for a connection', async (t) => {
  const server = await serve(t, ({ socket, number }) =>
    socket.write(number === 0 ? streamHead + chunk('one') : whole('ok')),
  );
  const { upstream } = open(t, { maxConnections: 1 });
  const first = read((await upstream(request(server.origin))).bytes);
  const controller = new AbortController();
  const second = codeOf(upstream(request(server.origin, { signal: controller.signal })));
  const third = upstream(request(server.origin));
  controller.abort();
  assert.equal(await second, 'CLIENT_LEFT');
  server.asked[0]?.socket.write('0\r\n\r\n');
  await first.over;
  await read((await third).bytes).over;
  assert.equal(server.sockets.length, 1);
  assert.equal(server.asked.length, 2);
});

test('a connection that is lost makes room for a call that waits', async (t) => {
  const server = await serve(t, ({ socket, number }) =>
    socket.write(number === 0 ? streamHead + chunk('one') : whole('ok')),
  );
  const { upstream } = open(t, { maxConnections: 1 });
  const first = read((await upstream(request(server.origin))).bytes);
  const second = upstream(request(server.origin));
  first.control.abort();
  await read((await second).bytes).over;
  assert.equal(server.sockets.length, 2);
});
