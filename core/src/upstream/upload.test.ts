import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import test, { type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Body } from '../body.ts';
import { coreErrors } from '../errors.ts';
import { codeOf, open, read, request, serve, until, whole } from './local-server.test.ts';
import { payloadOf, Upload } from './upload.ts';

const upload = (stream: AsyncIterable<Uint8Array>, length = -1): { body: Body } => ({
  body: { chunks: [], length, stream },
});

async function* parts(count: number, before: () => Promise<unknown> = async () => {}): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < count; at += 1) {
    await before();
    yield Buffer.from(`part ${at};`);
  }
}

/** A server whose sockets never read. */
async function deaf(t: TestContext): Promise<{ readonly origin: string; readonly sockets: readonly Socket[] }> {
  const sockets: Socket[] = [];
  const server = createServer({ pauseOnConnect: true }, (socket) => sockets.push(socket.on('error', () => {})));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, sockets };
}

test('a stream of unknown length goes out in chunks as it comes', async (t) => {
  const server = await serve(t, ({ socket }) => socket.write(whole('ok')));
  const { upstream } = open(t);
  await read((await upstream(request(server.origin, upload(parts(3))))).bytes).over;
  assert.match(server.asked[0]?.head ?? '', /transfer-encoding: chunked/);
  assert.equal(server.asked[0]?.body, '7\r\npart 0;\r\n7\r\npart 1;\r\n7\r\npart 2;\r\n0\r\n\r\n');
});

test('a stream of known length says so', async (t) => {
  const server = await serve(t, ({ socket }) => socket.write(whole('ok')));
  const { upstream } = open(t);
  await read((await upstream(request(server.origin, upload(parts(3), 21)))).bytes).over;
  assert.match(server.asked[0]?.head ?? '', /content-length: 21/);
  assert.equal(server.asked[0]?.body, 'part 0;part 1;part 2;');
});

for (const [kind, count] of [
  ['shorter', 2],
  ['longer', 4],
] as const) {
  test(`a stream that is ${kind} than it said is the client's mistake`, async (t) => {
    const server = await serve(t, () => {});
    const { upstream } = open(t);
    assert.equal(await codeOf(upstream(request(server.origin, upload(parts(count), 21)))), 'BODY_UNREADABLE');
    await until(() => server.sockets[0]?.destroyed === true, 'the socket closes');
  });
}

test("a stream that breaks is the client's mistake, and its own error if it has one", async (t) => {
  const server = await serve(t, () => {});
  const { upstream } = open(t);
  const breaks = (error: Error): AsyncIterable<Uint8Array> =>
    parts(2, async () => {
      throw error;
    });
  assert.equal(await codeOf(upstream(request(server.origin, upload(breaks(new Error('aborted')))))), 'BODY_UNREADABLE');
  const left = coreErrors.CLIENT_LEFT();
  assert.equal(await codeOf(upstream(request(server.origin, upload(breaks(left))))), 'CLIENT_LEFT');
});

test('an abort does not wait for a source that is silent', async (t) => {
  const server = await serve(t, () => {});
  const { upstream } = open(t);
  const controller = new AbortController();
  const stream = parts(2, () => new Promise(() => {}));
  const call = codeOf(upstream(request(server.origin, { ...upload(stream), signal: controller.signal })));
  await until(() => server.sockets.length === 1, 'the connection');
  controller.abort();
  assert.equal(await call, 'CLIENT_LEFT');
  await until(() => server.sockets[0]?.destroyed === true, 'the socket closes');
});

test('an abort in the middle of a large body closes the socket', async (t) => {
  const server = await deaf(t);
  const { upstream } = open(t);
  const controller = new AbortController();
  const body = { chunks: Array.from({ length: 1000 }, () => Buffer.alloc(65_536)), length: 65_536_000 };
  const call = codeOf(upstream(request(server.origin, { body, signal: controller.signal })));
  await until(() => server.sockets.length === 1, 'the connection');
  await sleep(20);
  controller.abort();
  assert.equal(await call, 'CLIENT_LEFT');
  const [socket] = server.sockets;
  socket?.resume();
  await until(() => socket?.destroyed === true, 'the socket closes');
});

test('an upstream that does not take the body is stalled', async (t) => {
  const server = await deaf(t);
  const { upstream } = open(t);
  const body = { chunks: Array.from({ length: 1000 }, () => Buffer.alloc(65_536)), length: 65_536_000 };
  assert.equal(await codeOf(upstream(request(server.origin, { body, timeouts: { idleMs: 80 } }))), 'UPSTREAM_STALLED');
});

test('a source that takes its time is not a stalled upstream', async (t) => {
  const server = await serve(t, ({ socket }) => socket.write(whole('ok')));
  const { upstream } = open(t);
  const slow = parts(3, () => sleep(90));
  const timeouts = { idleMs: 50, firstEventMs: 5000 };
  const got = read((await upstream(request(server.origin, { ...upload(slow), timeouts }))).bytes);
  await got.over;
  assert.equal(got.text, 'ok');
});

test('an answer before the end of the body is given on, and the source is left to its owner', async (t) => {
  const server = await deaf(t);
  const { upstream } = open(t);
  let returned = false;
  let taken = 0;
  const endless: AsyncIterableIterator<Uint8Array> = {
    [Symbol.asyncIterator]: () => endless,
    next: async () => {
      taken += 1;
      return { done: false, value: await sleep(1, Buffer.alloc(100)) };
    },
    return: async () => {
      returned = true;
      return { done: true, value: undefined };
    },
  };
  const call = upstream(request(server.origin, upload(endless)));
  await until(() => server.sockets.length === 1, 'the connection');
  server.sockets[0]?.write('HTTP/1.1 413 Too large\r\ncontent-length: 2\r\n\r\nno');
  const { status, bytes } = await call;
  const got = read(bytes);
  await got.over;
  assert.deepEqual([status, got.text, returned], [413, 'no', false]);
  const before = taken;
  await sleep(30);
  assert.ok(taken <= before + 1, 'nothing more is read of it');
});

test('an upload that is cancelled waits for its source no longer', async () => {
  const silent = parts(1, () => new Promise(() => {}));
  const cancelled = new Upload(silent, { suspend: () => {}, resume: () => {} });
  const next = cancelled.next();
  cancelled.cancel();
  await assert.rejects(next);
  await assert.rejects(cancelled.next());
});

test('a body is copied only where that is cheaper', () => {
  const small = [Buffer.from('a'), Buffer.from('b')];
  const large = [Buffer.alloc(60_000), Buffer.alloc(60_000)];
  assert.equal(payloadOf({ chunks: [], length: 0 }), null);
  assert.equal(payloadOf({ chunks: small.slice(0, 1), length: 1 }), small[0]);
  assert.deepEqual(payloadOf({ chunks: small, length: 2 }), Buffer.from('ab'));
  assert.equal(payloadOf({ chunks: large, length: 120_000 }), large);
});
