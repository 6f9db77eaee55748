import assert from 'node:assert/strict';
import { once, type EventEmitter } from 'node:events';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { get as httpsGet } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import test from 'node:test';
import { gunzipSync } from 'node:zlib';
import { fakeUpstream, openUpstreams, type FakeUpstream } from './fake-upstream.ts';
import { reply } from './reply.ts';
import { step } from './step.ts';

interface Asked {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly chunks: readonly Buffer[];
  readonly body: Buffer;
  /** The answer ended as HTTP says it must. */
  readonly complete: boolean;
}

async function ask(
  upstream: FakeUpstream,
  options: {
    method?: string;
    path?: string;
    headers?: Record<string, string>;
    body?: Buffer | string;
    agent?: Agent;
  } = {},
): Promise<Asked> {
  const { method = 'POST', path = '/v1/x', headers = {}, body = '{}', agent } = options;
  const sent = httpRequest(upstream.url + path, { method, headers, ...(agent ? { agent } : { agent: false }) });
  sent.on('error', () => {}).end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  response.on('data', (chunk: Buffer) => chunks.push(chunk));
  response.on('error', () => {});
  await closed(response);
  const { statusCode = 0, complete } = response;
  return { status: statusCode, headers: response.headers, chunks, body: Buffer.concat(chunks), complete };
}

/** `once` would reject with the error that comes before. */
const closed = (stream: EventEmitter): Promise<void> => new Promise((resolve) => stream.once('close', () => resolve()));

const refused = (upstream: FakeUpstream): Promise<string> =>
  ask(upstream).then(
    () => 'answered',
    (error: NodeJS.ErrnoException) => error.code ?? error.message,
  );

test('a JSON reply arrives with its status, its headers and its length', async () => {
  await using upstream = await fakeUpstream(reply.json(429, { error: 'slow down' }, { 'retry-after': '3' }));
  const { status, headers, body, complete } = await ask(upstream);
  assert.deepEqual([status, body.toString(), complete], [429, '{"error":"slow down"}', true]);
  assert.equal(headers['retry-after'], '3');
  assert.equal(headers['content-length'], '21');
});

test('a request is recorded byte for byte, with its headers as they were written', async () => {
  await using upstream = await fakeUpstream(reply.json(200, {}));
  const body = Buffer.from([0, 255, 128, 10, 13]);
  await ask(upstream, { path: '/v1/a?b=c%20d', headers: { 'X-Odd-CASE': 'Kept' }, body });
  const [record] = upstream.requests;
  assert.ok(record);
  assert.equal(record.method, 'POST');
  assert.equal(record.path, '/v1/a?b=c%20d');
  assert.deepEqual(Buffer.from(record.body), body);
  assert.equal(record.headers.get('x-odd-case'), 'Kept');
  assert.ok(record.rawHeaders.some(([name, value]) => name === 'X-Odd-CASE' && value === 'Kept'));
  assert.match(Buffer.from(record.head).toString(), /^POST \/v1\/a\?b=c%20d HTTP\/1\.1\r\n[^]*\r\n\r\n$/);
  assert.ok(record.complete && record.answered && !record.aborted);
});

test('a chunked request body is recorded without its framing', async () => {
  await using upstream = await fakeUpstream(reply.json(200, {}));
  const sent = httpRequest(upstream.url, { method: 'POST', agent: false });
  for (const part of ['{"a":', '1', '}']) sent.write(part);
  sent.end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  response.resume();
  await once(response, 'close');
  assert.deepEqual(upstream.requests[0]?.json(), { a: 1 });
  assert.equal(upstream.requests[0]?.headers.get('transfer-encoding'), 'chunked');
});

test('a function answers each request by what it says', async () => {
  await using upstream = await fakeUpstream(({ path, text }) => reply.json(200, { path, text }));
  assert.equal((await ask(upstream, { path: '/one', body: 'A' })).body.toString(), '{"path":"/one","text":"A"}');
  assert.equal((await ask(upstream, { path: '/two', body: 'B' })).body.toString(), '{"path":"/two","text":"B"}');
});

test('queued answers come first, in order, one a request', async () => {
  await using upstream = await fakeUpstream(reply.json(200, 'for all'));
  upstream.queue(reply.json(500, 'first'), () => reply.json(502, 'second'));
  const statuses = [];
  for (let at = 0; at < 3; at += 1) statuses.push((await ask(upstream)).status);
  assert.deepEqual(statuses, [500, 502, 200]);
  upstream.answer(reply.json(204, ''));
  assert.equal((await ask(upstream)).status, 204);
});

test('without a script the answer says what is missing', async () => {
  await using upstream = await fakeUpstream();
  const { status, body } = await ask(upstream);
  assert.equal(status, 500);
  assert.match(body.toString(), /no script/);
});

test('each write arrives as a chunk of its own', async () => {
  await using upstream = await fakeUpstream(reply.sse(['{"a":1}', { event: 'ping', data: {} }, '[DONE]']));
  const { chunks, complete, headers } = await ask(upstream);
  assert.equal(headers['content-type'], 'text/event-stream');
  assert.deepEqual(chunks.map(String), ['data: {"a":1}\n\n', 'event: ping\ndata: {}\n\n', 'data: [DONE]\n\n']);
  assert.ok(complete);
});

test('a stream goes out one byte a write where that is asked', async () => {
  await using upstream = await fakeUpstream(reply.sse('data: 你好\n\n', { chunkSize: 1 }));
  const { chunks, body } = await ask(upstream);
  assert.equal(chunks.length, body.length);
  assert.equal(body.toString(), 'data: 你好\n\n');
});

test('a paced raw stream is written event by event, byte for byte', async () => {
  const raw = ': hello\r\n\r\ndata: {"text":"é"}\r\n\r\ndata: {}\r\n\r\n';
  await using upstream = await fakeUpstream(reply.sse(raw, { paceMs: 1 }));
  const { chunks, body } = await ask(upstream);
  assert.equal(body.toString(), raw);
  assert.equal(chunks.length, 2);
});

test('an answer cut at any byte has the bytes before it and no end', async () => {
  const raw = 'data: {"text":"你"}\n\n';
  for (const cutBy of ['close', 'reset'] as const) {
    for (let cutAt = 0; cutAt < Buffer.byteLength(raw); cutAt += 5) {
      await using upstream = await fakeUpstream(reply.sse(raw, { cutAt, cutBy }));
      const { body, complete } = await ask(upstream);
      assert.deepEqual(body, Buffer.from(raw).subarray(0, cutAt), `${cutBy} at ${cutAt}`);
      assert.equal(complete, false, `${cutBy} at ${cutAt}`);
    }
  }
});

test('an answer cut by end looks whole to HTTP', async () => {
  await using upstream = await fakeUpstream(reply.sse('data: {"text":"x"}\n\n', { cutAt: 9, cutBy: 'end' }));
  const { body, complete } = await ask(upstream);
  assert.deepEqual([body.toString(), complete], ['data: {"t', true]);
});

test('a cut on the wire may fall into the head', async () => {
  for (const by of ['close', 'reset'] as const) {
    await using upstream = await fakeUpstream([step.cutAfter(12, by), ...reply.json(200, {})]);
    assert.equal(await refused(upstream), 'ECONNRESET', by);
    assert.equal(upstream.requests[0]?.aborted, false);
  }
});

test('an upstream may hang up or be reset without a word', async () => {
  for (const by of ['close', 'reset'] as const) {
    await using upstream = await fakeUpstream(reply.hangUp(by));
    assert.equal(await refused(upstream), 'ECONNRESET', by);
  }
});

test('a compressed answer is flushed at each write and reads as what was written', async () => {
  const release = Promise.withResolvers<void>();
  await using upstream = await fakeUpstream([
    step.gzip(),
    step.head(200, { 'content-type': 'text/event-stream', 'content-length': '3' }),
    step.write('data: one\n\n'),
    step.wait(release.promise),
    step.write('x'.repeat(300_000)),
  ]);
  const sent = httpRequest(upstream.url, { method: 'POST', agent: false });
  sent.end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  assert.equal(response.headers['content-encoding'], 'gzip');
  assert.equal(response.headers['content-length'], undefined);
  const chunks: Buffer[] = [];
  response.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    release.resolve();
  });
  await once(response, 'end');
  assert.equal(gunzipSync(Buffer.concat(chunks)).toString(), `data: one\n\n${'x'.repeat(300_000)}`);
});

test('raw bytes go out as they are', async () => {
  await using upstream = await fakeUpstream([
    step.raw('HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\nshort'),
    step.cut(),
  ]);
  const { body, complete } = await ask(upstream);
  assert.deepEqual([body.toString(), complete], ['short', false]);
});

test('a stalled upstream sees that its client has left, and when', async () => {
  await using upstream = await fakeUpstream([step.head(200), step.write('data: 1\n\n'), step.stall()]);
  const sent = httpRequest(upstream.url, { method: 'POST', agent: false });
  sent.on('error', () => {});
  sent.end('{}');
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  response.on('error', () => {});
  await once(response, 'data');
  const record = await upstream.request(0);
  assert.deepEqual([upstream.busy, upstream.openSockets, record.closedAt], [1, 1, undefined]);
  sent.destroy();
  await record.closed;
  assert.ok(record.aborted && !record.answered);
  assert.ok((record.closedAt ?? 0) >= record.receivedAt);
  assert.equal(record.sent, 9);
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual([upstream.busy, upstream.openSockets], [0, 0]);
});

test('a request whose body never comes whole is recorded and is not complete', async () => {
  await using upstream = await fakeUpstream(reply.json(200, {}));
  const socket = connect(Number(new URL(upstream.url).port), '127.0.0.1');
  socket.write('POST /v1/x HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{"half":');
  const record = await upstream.request(0);
  socket.destroy();
  await record.received;
  await record.closed;
  assert.deepEqual([record.complete, record.aborted, record.text], [false, true, '{"half":']);
});

test('an early answer does not wait for the body', async () => {
  await using upstream = await fakeUpstream(reply.json(413, {}), { early: true });
  const sent = httpRequest(upstream.url, { method: 'POST', agent: false, headers: { 'content-length': '1000' } });
  sent.on('error', () => {});
  sent.flushHeaders();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  assert.equal(response.statusCode, 413);
  assert.equal(upstream.requests[0]?.complete, false);
  response.resume();
  sent.destroy();
});

test('a connection is used again, and its number shows it', async () => {
  await using upstream = await fakeUpstream(reply.json(200, {}));
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  await ask(upstream, { agent, body: 'A' });
  await ask(upstream, { agent, body: 'B' });
  await ask(upstream, { body: 'C' });
  assert.deepEqual(
    upstream.requests.map(({ connection, text }) => [connection, text]),
    [
      [0, 'A'],
      [0, 'B'],
      [1, 'C'],
    ],
  );
  assert.equal(upstream.connections, 2);
  agent.destroy();
});

test('pipelined requests are answered in their order', async () => {
  await using upstream = await fakeUpstream(({ path }) =>
    path === '/slow' ? [step.sleep(30), ...reply.json(200, 'slow')] : reply.json(200, 'quick'),
  );
  const socket = connect(Number(new URL(upstream.url).port), '127.0.0.1');
  const line = (path: string, extra = ''): string => `GET ${path} HTTP/1.1\r\nhost: x\r\n${extra}\r\n`;
  socket.write(line('/slow') + line('/quick', 'connection: close\r\n'));
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
  await once(socket, 'close');
  assert.ok(text.indexOf('"slow"') < text.indexOf('"quick"'), text);
});

test('what is no HTTP is told', async () => {
  for (const [bytes, reason] of [
    ['HELLO\r\n\r\n', /request line is "HELLO"/],
    ['GET / HTTP/1.1\r\nbad header\r\n\r\n', /header line is "bad header"/],
    ['POST / HTTP/1.1\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n', /two lengths/],
    ['POST / HTTP/1.1\r\ncontent-length: -3\r\n\r\n', /content length is "-3"/],
    ['POST / HTTP/1.1\r\ntransfer-encoding: zip\r\n\r\n', /coding is "zip"/],
    ['POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n', /chunk size is "xyz"/],
  ] as const) {
    await using upstream = await fakeUpstream(reply.json(200, {}));
    const socket = connect(Number(new URL(upstream.url).port), '127.0.0.1', () => socket.end(bytes));
    socket.on('error', () => {});
    socket.resume();
    await once(socket, 'close');
    assert.match(upstream.failures.join(), reason);
  }
});

test('a request at one byte a packet is read as one', async () => {
  await using upstream = await fakeUpstream(reply.json(200, {}));
  const socket = connect(Number(new URL(upstream.url).port), '127.0.0.1');
  socket.setNoDelay(true);
  for (const byte of 'POST /x HTTP/1.1\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n') {
    socket.write(byte);
    await new Promise((resolve) => setImmediate(resolve));
  }
  socket.resume();
  await once(socket, 'close');
  assert.equal(upstream.requests[0]?.text, 'abc');
  assert.deepEqual(upstream.failures, []);
});

test('a script that throws ends the connection and is told', async () => {
  await using upstream = await fakeUpstream(() => {
    throw new Error('the test is wrong');
  });
  assert.equal(await refused(upstream), 'ECONNRESET');
  assert.match(upstream.failures.join(), /the test is wrong/);
});

test('closing ends what is stalled, sleeping or waiting, and leaves nothing open', async () => {
  const upstream = await fakeUpstream([step.head(200), step.sleep(60_000)]);
  assert.ok(openUpstreams().includes(upstream));
  const sent = httpRequest(upstream.url, { agent: false });
  sent.on('error', () => {}).on('response', (response: IncomingMessage) => response.on('error', () => {}).resume());
  const left = closed(sent.end());
  await upstream.request(0);
  await upstream.close();
  await upstream.close();
  await left;
  assert.equal(upstream.openSockets, 0);
  assert.ok(!openUpstreams().includes(upstream));
});

test('a slow reader holds the script back', async () => {
  const megabyte = Buffer.alloc(1_000_000, 'x');
  await using upstream = await fakeUpstream([
    step.head(200),
    ...Array.from({ length: 50 }, () => step.write(megabyte)),
  ]);
  const socket = connect(Number(new URL(upstream.url).port), '127.0.0.1');
  socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
  const record = await upstream.request(0);
  let before = -1;
  while (record.sent !== before) {
    before = record.sent;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.ok(record.sent < 50_000_000, String(record.sent));
  socket.destroy();
  await record.closed;
  assert.ok(record.aborted);
});

/** Node cannot make certificates. */
function certificate(): { key: string; cert: string } | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'test-kit-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const about = [
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-days',
    '2',
    '-subj',
    '/CN=127.0.0.1',
    '-addext',
    'subjectAltName=IP:127.0.0.1',
  ];
  try {
    execFileSync('openssl', ['req', '-x509', ...about, '-keyout', key, '-out', cert], { stdio: 'ignore' });
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
  } catch {
    return undefined;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('an upstream speaks TLS, and tells of a client that does not trust it', async (context) => {
  const tls = certificate();
  if (!tls) return context.skip('openssl is not installed');
  await using upstream = await fakeUpstream(reply.json(200, {}), { tls });
  const [response] = (await once(httpsGet(upstream.url, { ca: tls.cert, agent: false }), 'response')) as [
    IncomingMessage,
  ];
  response.resume();
  await closed(response);
  assert.equal(response.statusCode, 200);
  await assert.rejects(once(httpsGet(upstream.url, { agent: false }), 'response'), {
    code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
  });
  while (upstream.failures.length === 0) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(upstream.requests.length, 1);
});
