import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { bodyOf, textBody } from '../body.ts';
import { coreErrors } from '../errors.ts';
import { chunk, codeOf, open, read, request, serve, streamHead, until, whole } from './local-server.test.ts';

test('a call resolves at the head and its bytes follow', async (t) => {
  const server = await serve(t, ({ socket }) => socket.write(whole('hello', 'X-Request-ID: abc\r\n')));
  const opened = open(t);
  const { upstream } = opened;
  const call = upstream(request(server.origin, { body: textBody('{"a":1}') }));
  assert.equal(opened.stats().openRequests, 1);
  const response = await call;
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('x-request-id'), 'abc');
  const got = read(response.bytes);
  await got.over;
  assert.equal(got.ending, 'end');
  assert.equal(got.text, 'hello');
  assert.deepEqual(opened.stats(), { pools: 1, openRequests: 0 });
  assert.match(server.asked[0]?.head ?? '', /^POST \/v1\/chat HTTP\/1\.1\r\n/);
  assert.equal(server.asked[0]?.body, '{"a":1}');
});

test('calls one after the other share a connection', async (t) => {
  const server = await serve(t, ({ socket }) => socket.write(whole('ok')));
  const { upstream } = open(t);
  for (let turn = 0; turn < 5; turn += 1) {
    const { bytes } = await upstream(request(server.origin, { body: textBody('{}') }));
    await read(bytes).over;
    await sleep(2);
  }
  assert.equal(server.sockets.length, 1);
  assert.equal(server.asked.length, 5);
});

test('nothing flows before the answer is read', async (t) => {
  const server = await serve(t, ({ socket }) => socket.write(streamHead + chunk('one') + chunk('two')));
  const { upstream } = open(t);
  const response = await upstream(request(server.origin));
  await sleep(50);
  server.asked[0]?.socket.write(`${chunk('three')}0\r\n\r\n`);
  const got = read(response.bytes);
  assert.equal(got.bytes, 0, 'not in the turn of the call itself either');
  await got.over;
  assert.equal(got.text, 'onetwothree');
  assert.throws(() => response.bytes.pipe({ data: () => {}, end: () => {}, fail: () => {} }), TypeError);
});

test('an answer without a body ends at once', async (t) => {
  const server = await serve(t, ({ socket }) =>
    socket.write('HTTP/1.1 204 No Content\r\ncontent-encoding: gzip\r\n\r\n'),
  );
  const { upstream } = open(t);
  const { status, bytes } = await upstream(request(server.origin, { method: 'DELETE' }));
  const got = read(bytes);
  await got.over;
  assert.equal(status, 204);
  assert.equal(got.ending, 'end');
});

test('an error is an answer like any other', async (t) => {
  const server = await serve(t, ({ socket }) =>
    socket.write('HTTP/1.1 429 Slow down\r\nretry-after: 3\r\ncontent-length: 2\r\n\r\n{}'),
  );
  const { upstream } = open(t);
  const { status, headers, bytes } = await upstream(request(server.origin));
  const got = read(bytes);
  await got.over;
  assert.deepEqual([status, headers.get('retry-after'), got.text], [429, '3', '{}']);
});

test('what announces an answer is passed over, unless it goes on and on', async (t) => {
  let announcements = 3;
  const server = await serve(t, ({ socket }) => {
    socket.write('HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n'.repeat(announcements) + whole('ok'));
  });
  const { upstream } = open(t);
  const got = read((await upstream(request(server.origin))).bytes);
  await got.over;
  assert.equal(got.text, 'ok');
  announcements = 1000;
  assert.equal(await codeOf(upstream(request(server.origin))), 'UPSTREAM_MALFORMED');
});

for (const status of [301, 302, 303, 304, 307, 308]) {
  test(`a redirect ${status} is an error and is not followed`, async (t) => {
    const trap = await serve(t, ({ socket }) => socket.write(whole('trapped')));
    const server = await serve(t, ({ socket }) =>
      socket.write(`HTTP/1.1 ${status} Moved\r\nlocation: ${trap.origin}/\r\ncontent-length: 0\r\n\r\n`),
    );
    const { upstream } = open(t);
    assert.equal(await codeOf(upstream(request(server.origin, { body: textBody('{}') }))), 'UPSTREAM_REDIRECT');
    await until(() => server.sockets[0]?.destroyed === true, 'the socket closes');
    assert.equal(trap.sockets.length, 0);
  });
}

test('a port where nobody listens is unreachable', async (t) => {
  const { port } = await serve(t, () => {}).then(async (server) => {
    const probe = createServer();
    await new Promise<void>((resolve) => void probe.listen(0, '127.0.0.1', resolve));
    const free = (probe.address() as { port: number }).port;
    await new Promise((resolve) => void probe.close(resolve));
    return { ...server, port: free };
  });
  const { upstream } = open(t);
  await assert.rejects(upstream(request(`http://127.0.0.1:${port}`)), {
    code: 'UPSTREAM_UNREACHABLE',
    retryable: true,
    message: /refuses connections/,
  });
});

test('a name that does not resolve is unreachable', async (t) => {
  const { upstream } = open(t);
  await assert.rejects(upstream(request('http://nowhere.invalid')), { code: 'UPSTREAM_UNREACHABLE', message: /name/ });
});

test('a reset before the head is a reset, and is not tried again on a new socket', async (t) => {
  const server = await serve(t, ({ socket }) => socket.resetAndDestroy());
  const { upstream } = open(t);
  assert.equal(await codeOf(upstream(request(server.origin, { body: textBody('{}') }))), 'UPSTREAM_RESET');
  assert.equal(server.asked.length, 1);
});

test('a head that breaks off is a reset', async (t) => {
  const server = await serve(t, ({ socket }) => socket.end('HTTP/1.1 200 OK\r\ncontent-ty'));
  const { upstream } = open(t);
  assert.equal(await codeOf(upstream(request(server.origin))), 'UPSTREAM_RESET');
});

test('what is no HTTP is malformed', async (t) => {
  const server = await serve(t, ({ socket }) => socket.end('SSH-2.0-OpenSSH_9.6\r\n'));
  const { upstream } = open(t);
  assert.equal(await codeOf(upstream(request(server.origin))), 'UPSTREAM_MALFORMED');
});

test('a head that is too large is refused', async (t) => {
  const server = await serve(t, ({ socket }) => {
    socket.write(`HTTP/1.1 200 OK\r\n${`x-filler: ${'a'.repeat(1000)}\r\n`.repeat(1000)}content-length: 0\r\n\r\n`);
  });
  const { upstream } = open(t);
  await assert.rejects(upstream(request(server.origin)), { code: 'UPSTREAM_TOO_LARGE', message: /16384 bytes/ });
});

const endings: readonly (readonly [name: string, head: string, body: string])[] = [
  ['short of its content-length', 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n', 'partial'],
  [
    'short of its content-length, on a closing connection',
    'HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 100\r\n\r\n',
    'partial',
  ],
  ['without its last chunk', streamHead, chunk('partial')],
  [
    'without its last chunk, on a closing connection',
    streamHead.replace('\r\n\r\n', '\r\nconnection: close\r\n\r\n'),
    chunk('partial'),
  ],
  ['in the middle of a chunk', streamHead, '64\r\npartial'],
];
for (const [name, head, body] of endings) {
  for (const by of ['close', 'reset'] as const) {
    test(`an answer that ends ${name} by ${by} is truncated`, async (t) => {
      const server = await serve(t, ({ socket }) => socket.write(head + body));
      const { upstream } = open(t);
      const got = read((await upstream(request(server.origin))).bytes, () => {
        const socket = server.sockets[0];
        if (by === 'close') socket?.end();
        else socket?.resetAndDestroy();
      });
      await got.over;
      assert.equal(got.text, 'partial');
      assert.equal((got.ending as { code?: string }).code, 'UPSTREAM_TRUNCATED');
    });
  }
}

test('a broken chunk is a truncated answer', async (t) => {
  const server = await serve(t, ({ socket }) => socket.write(`${streamHead}${chunk('one')}zz\r\nnot hex\r\n`));
  const { upstream } = open(t);
  const got = read((await upstream(request(server.origin))).bytes);
  await got.over;
  assert.equal((got.ending as { code?: string }).code, 'UPSTREAM_TRUNCATED');
});

test('an answer that ends with its connection is whole', async (t) => {
  const server = await serve(t, ({ socket }) => socket.end('HTTP/1.1 200 OK\r\n\r\nuntil the end'));
  const { upstream } = open(t);
  const got = read((await upstream(request(server.origin))).bytes);
  await got.over;
  assert.deepEqual([got.text, got.ending], ['until the end', 'end']);
});

test('an answer that only a reset ends is truncated', async (t) => {
  const server = await serve(t, ({ socket }) => socket.write('HTTP/1.1 200 OK\r\n\r\nuntil the'));
  const { upstream } = open(t);
  const got = read((await upstream(request(server.origin))).bytes, () => server.sockets[0]?.resetAndDestroy());
  await got.over;
  assert.equal(got.text, 'until the');
  assert.equal((got.ending as { code?: string }).code, 'UPSTREAM_TRUNCATED');
});

test('bytes beyond the answer reach nobody', async (t) => {
  const server = await serve(t, ({ socket, connection }) =>
    socket.write(whole(`answer ${connection}`) + whole('poison')),
  );
  const { upstream } = open(t);
  for (const expected of ['answer 0', 'answer 1']) {
    const got = read((await upstream(request(server.origin))).bytes);
    await got.over;
    assert.equal(got.text, expected);
    await sleep(10);
  }
});

test('a whole answer that is larger than the limit is refused, by its length at once and else when it is', async (t) => {
  let head = 'content-length: 2000';
  const server = await serve(t, ({ socket }) => socket.write(`HTTP/1.1 200 OK\r\n${head}\r\n\r\n${'x'.repeat(2000)}`));
  const { upstream } = open(t, { maxReplyBytes: 1000 });
  assert.equal(await codeOf(upstream(request(server.origin))), 'UPSTREAM_TOO_LARGE');
  head = 'connection: close';
  const got = read((await upstream(request(server.origin))).bytes);
  await got.over;
  assert.equal((got.ending as { code?: string }).code, 'UPSTREAM_TOO_LARGE');
  assert.ok(got.bytes <= 1000);
  head = 'content-type: text/event-stream; charset=utf-8\r\ncontent-length: 2000';
  const stream = read((await upstream(request(server.origin))).bytes);
  await stream.over;
  assert.deepEqual([stream.bytes, stream.ending], [2000, 'end']);
});

test('a reader that throws ends the call and is told so', async (t) => {
  const server = await serve(t, ({ socket }) => socket.write(streamHead + chunk('one')));
  const { upstream } = open(t);
  const got = read((await upstream(request(server.origin))).bytes, () => {
    throw new Error('my own');
  });
  await got.over;
  assert.equal((got.ending as { code?: string }).code, 'INTERNAL');
  await until(() => server.sockets[0]?.destroyed === true, 'the socket closes');
});

test('a request that undici does not take fails, and the next one works', async (t) => {
  const server = await serve(t, ({ socket }) => socket.write(whole('ok')));
  const { upstream } = open(t);
  assert.equal(await codeOf(upstream(request(server.origin, { path: 'no slash' }))), 'INTERNAL');
  assert.equal(await codeOf(upstream(request('https://a@b'))), 'INTERNAL');
  await read((await upstream(request(server.origin))).bytes).over;
});

test('a large body goes out in its pieces with its length', async (t) => {
  const server = await serve(t, ({ socket }) => socket.write(whole('ok')));
  const { upstream } = open(t);
  const pieces = Array.from({ length: 40 }, (_, at) => Buffer.alloc(10_000, 97 + (at % 26)));
  await read((await upstream(request(server.origin, { body: bodyOf(...pieces) }))).bytes).over;
  assert.match(server.asked[0]?.head ?? '', /content-length: 400000/);
  assert.equal(server.asked[0]?.body, Buffer.concat(pieces).toString());
});

test('closing the upstream ends what is open', async (t) => {
  const server = await serve(t, ({ socket, number }) => void (number === 1 && socket.write(streamHead + chunk('one'))));
  const opened = open(t);
  const waiting = codeOf(opened.upstream(request(server.origin)));
  await until(() => server.asked.length === 1, 'the first is asked');
  const got = read((await opened.upstream(request(server.origin))).bytes);
  await opened.close();
  await got.over;
  assert.equal(await waiting, 'DRAINING');
  assert.equal((got.ending as { code?: string }).code, 'DRAINING');
  assert.equal(await codeOf(opened.upstream(request(server.origin))), 'DRAINING');
  await until(() => server.sockets.every((socket) => socket.destroyed), 'the sockets close');
});

test('an abort that says why is passed on as it is', async (t) => {
  const server = await serve(t, () => {});
  const { upstream } = open(t);
  const controller = new AbortController();
  const call = codeOf(upstream(request(server.origin, { signal: controller.signal })));
  await until(() => server.asked.length === 1, 'it is asked');
  controller.abort(coreErrors.DEADLINE({ deadlineMs: 5 }));
  assert.equal(await call, 'DEADLINE');
});
