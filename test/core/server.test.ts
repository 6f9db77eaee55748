import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { after, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { type GatewayConfig, jsonReply, listen, type LiveGateway, type Plugin, stage } from '@tapgate/core';
import { fakeUpstream, reply, step } from '@tapgate/test-kit';
import { events, lineGateway, plugin, saidIn, saying } from './line-gateway.ts';

const head = step.head(200, { 'content-type': 'text/event-stream' });
const good = [head, step.write(saying('hello'))];

interface Served extends AsyncDisposable {
  readonly gateway: LiveGateway;
  readonly url: string;
  readonly adminUrl: string;
  readonly settled: string[];
}

async function served(
  upstreams: readonly string[],
  plugins: readonly Plugin[] = [],
  config: GatewayConfig = {},
): Promise<Served> {
  const settled: string[] = [];
  const watch = plugin('watch', (to) => {
    to.hooks.afterResponse.tap(
      { name: 'watch', stage: stage.observe },
      (settlement) => void settled.push(settlement.outcome),
    );
  });
  const gateway = lineGateway(upstreams, [watch, ...plugins], {
    ...config,
    server: { port: 0, adminPort: 0, drainMs: 2000, ...config.server },
  });
  const listening = await listen(gateway);
  return {
    gateway,
    settled,
    url: `http://127.0.0.1:${listening.port}`,
    adminUrl: `http://127.0.0.1:${listening.adminPort}`,
    [Symbol.asyncDispose]: async () => {
      await Promise.all([listening.close(), gateway.close()]);
    },
  };
}

const post = (url: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(url, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body), headers });

const streamed = { model: 'all', stream: true, text: 'x' };

/** Opens a request and gives its answer as it comes. */
async function open(url: string, body: unknown): Promise<{ response: IncomingMessage; leave: () => void }> {
  const request = httpRequest(url, { method: 'POST' });
  request.on('error', () => {});
  request.end(JSON.stringify(body));
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.on('error', () => {});
  return { response, leave: () => request.destroy() };
}

async function until(true_: () => boolean): Promise<void> {
  for (let tries = 0; !true_(); tries += 1) {
    assert.ok(tries < 1000, 'it did not come to pass within five seconds');
    await wait(5);
  }
}

test('a stream and a whole answer arrive over HTTP with all the headers', async () => {
  await using upstream = await fakeUpstream(good);
  await using at = await served([upstream.url]);
  const response = await post(`${at.url}/line`, streamed);
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('content-type'), 'text/event-stream');
  for (const name of ['x-request-id', 'request-id', 'x-tapgate-provider', 'x-tapgate-model', 'x-tapgate-attempts'])
    assert.ok(response.headers.has(name), name);
  assert.equal(saidIn(await response.text()), 'hello');
});

test('paths are tolerated: prefixes, a doubled version, a missing one, a trailing slash', async () => {
  await using upstream = await fakeUpstream(good);
  await using at = await served([upstream.url]);
  for (const path of ['/line', '/line/', '/openai/line', '/anything/line', '/line?x=1']) {
    assert.equal((await post(at.url + path, streamed)).status, 200, path);
  }
});

test('every form of credential is accepted and none is forwarded or shown', async () => {
  await using upstream = await fakeUpstream(good);
  const seen: unknown[] = [];
  const look = plugin('look', (to) => {
    to.hooks.beforeRoute.tap({ name: 'look', stage: stage.admit }, (exchange) => {
      seen.push(exchange.credential?.reveal());
      assert.doesNotMatch(JSON.stringify([...exchange.headers]), /hush/);
    });
  });
  await using at = await served([upstream.url], [look]);
  for (const name of ['authorization', 'x-api-key', 'x-goog-api-key', 'api-key']) {
    await (
      await post(`${at.url}/line`, streamed, {
        [name]: name === 'authorization' ? 'Bearer hush' : 'hush',
        cookie: 'hush=1',
      })
    ).text();
  }
  await (await post(`${at.url}/line?key=hush`, streamed)).text();
  assert.deepEqual(seen, ['hush', 'hush', 'hush', 'hush', 'hush']);
  for (const request of upstream.requests)
    assert.doesNotMatch(JSON.stringify([request.path, request.headers, request.body.toString()]), /hush/);
});

test('a body above the limit is a 413 in the client’s dialect, a broken one a 400, an encoded one a 415; each is settled', async () => {
  await using upstream = await fakeUpstream(good);
  await using at = await served([upstream.url], [], { server: { maxBodyBytes: 1000 } });
  const large = await post(`${at.url}/line`, { ...streamed, text: 'y'.repeat(2000) });
  assert.equal(large.status, 413);
  assert.match(await large.text(), /"error":"BODY_TOO_LARGE"/);
  const broken = await post(`${at.url}/line`, '{"model":');
  assert.equal(broken.status, 400);
  const encoded = await post(`${at.url}/line`, streamed, { 'content-encoding': 'gzip' });
  assert.equal(encoded.status, 415);
  assert.equal(upstream.requests.length, 0);
  await until(() => at.settled.length === 3);
  assert.deepEqual(at.settled, ['refused', 'refused', 'refused']);
});

test('a path nobody serves is a 404 with the nearest, a wrong method a 405', async () => {
  await using at = await served([]);
  const missing = await post(`${at.url}/lime`, {});
  assert.equal(missing.status, 404);
  assert.match(await missing.text(), /Did you mean \/line/);
  assert.equal((await fetch(`${at.url}/line`)).status, 405);
});

test('a WebSocket upgrade is answered with a clean 426', async () => {
  await using at = await served([]);
  const socket = connect(Number(new URL(at.url).port), '127.0.0.1');
  socket.write(
    'GET /v1/responses HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-key: eA==\r\nsec-websocket-version: 13\r\n\r\n',
  );
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  assert.match(text, /^HTTP\/1\.1 426 /);
});

test('health costs nothing upstream, and readiness is the plugins’ too', async () => {
  await using upstream = await fakeUpstream(good);
  let well = true;
  await using at = await served([upstream.url], [plugin('ill', () => ({ healthy: () => well }))]);
  for (const url of [at.url, at.adminUrl]) {
    assert.equal((await fetch(`${url}/livez`)).status, 200);
    assert.equal((await fetch(`${url}/readyz`)).status, 200);
  }
  well = false;
  assert.equal((await fetch(`${at.adminUrl}/readyz`)).status, 503);
  assert.equal((await fetch(`${at.adminUrl}/livez`)).status, 200);
  assert.equal((await fetch(at.url)).status, 200);
  assert.equal(upstream.requests.length, 0);
});

test('a plugin’s own endpoints: one for clients, through admission, one for administrators on their own listener', async () => {
  const routes = plugin('routes', (to) => {
    to.route('POST', '/v1/feedback', (exchange) => jsonReply(201, { caller: exchange.caller.id }));
    to.route('GET', '/admin/state', () => jsonReply(200, { on: true }), { admin: true });
  });
  await using at = await served([], [routes]);
  const response = await post(`${at.url}/v1/feedback`, {});
  assert.equal(response.status, 201);
  assert.deepEqual(await response.json(), { caller: 'anonymous' });
  assert.equal((await fetch(`${at.adminUrl}/admin/state`)).status, 200);
  assert.equal((await fetch(`${at.url}/admin/state`)).status, 404);
});

for (const [phase, script, body] of [
  ['before the first byte', [step.stall()], streamed],
  ['before the first content', [head, step.write(': x\n\n'), step.stall()], streamed],
  [
    'while the answer is whole',
    [step.head(200, { 'content-type': 'application/json' }), step.write('['), step.stall()],
    { ...streamed, stream: false },
  ],
] as const) {
  test(`a client that leaves ${phase} ends the upstream call`, async () => {
    await using upstream = await fakeUpstream(script);
    await using at = await served([upstream.url]);
    const leaving = new AbortController();
    const asked = fetch(`${at.url}/line`, { method: 'POST', body: JSON.stringify(body), signal: leaving.signal }).catch(
      () => undefined,
    );
    await upstream.request(0);
    await wait(20);
    leaving.abort();
    await asked;
    await until(() => upstream.openSockets === 0);
    await until(() => at.settled.length === 1);
    assert.deepEqual(at.settled, ['client-left']);
  });
}

test('a client that leaves in the middle of a stream ends the upstream call, and is settled once', async () => {
  await using upstream = await fakeUpstream([head, step.write(events({ text: 'a' })), step.stall()]);
  await using at = await served([upstream.url]);
  const { response, leave } = await open(`${at.url}/line`, streamed);
  await once(response, 'data');
  leave();
  await until(() => upstream.openSockets === 0);
  await until(() => at.settled.length === 1);
  assert.deepEqual(at.settled, ['client-left']);
  assert.equal(at.gateway.inFlight, 0);
});

test('a reader that never reads holds the upstream back, and little memory', async () => {
  const megabyte = events({ text: 'z'.repeat(1024 * 1024) });
  let written = 0;
  await using upstream = await fakeUpstream([head, ...Array.from({ length: 200 }, () => step.write(megabyte))]);
  await using at = await served([upstream.url]);
  const { response, leave } = await open(`${at.url}/line`, streamed);
  response.pause();
  await wait(400);
  const before = process.memoryUsage().rss;
  await wait(400);
  written = process.memoryUsage().rss - before;
  assert.ok(written < 50 * 1024 * 1024, `${written} bytes more`);
  assert.equal(upstream.busy, 1);
  leave();
  await until(() => upstream.openSockets === 0);
});

test('a slow reader gets every byte', async () => {
  const texts = Array.from({ length: 300 }, (_, at) => `${at} `.padEnd(20_000, '.'));
  await using upstream = await fakeUpstream([head, step.write(saying(...texts))]);
  await using at = await served([upstream.url]);
  const { response } = await open(`${at.url}/line`, streamed);
  const chunks: Buffer[] = [];
  for await (const chunk of response) {
    chunks.push(chunk as Buffer);
    if (chunks.length % 40 === 0) await wait(2);
  }
  assert.equal(Buffer.concat(chunks).toString(), saying(...texts));
});

test('an answer that breaks off where nothing can be said is cut, never ended', async () => {
  await using upstream = await fakeUpstream([
    step.head(200, { 'content-type': 'audio/mpeg' }),
    step.write('abc'),
    step.sleep(20),
    step.reset(),
  ]);
  await using at = await served([upstream.url]);
  await assert.rejects(async () => (await post(`${at.url}/line/other`, { model: 'all' })).arrayBuffer());
});

test('draining: not ready at once, streams finish, nobody new is served', async () => {
  const go = Promise.withResolvers<void>();
  await using upstream = await fakeUpstream([
    head,
    step.write(events({ text: 'a' })),
    step.wait(go.promise),
    step.write(saying('b')),
  ]);
  const at = await served([upstream.url]);
  const { response } = await open(`${at.url}/line`, streamed);
  await once(response, 'readable');
  const closing = at.gateway.close();
  assert.equal((await fetch(`${at.url}/readyz`)).status, 503);
  assert.equal((await post(`${at.url}/line`, streamed)).status, 503);
  go.resolve();
  let text = '';
  for await (const chunk of response) text += String(chunk);
  assert.equal(saidIn(text), 'ab');
  await closing;
  await at[Symbol.asyncDispose]();
});

test('a bind beyond loopback is refused unless somebody admits callers or the operator insists', async () => {
  const gateway = lineGateway([], [], { server: { host: '0.0.0.0', port: 0, adminPort: -1 } });
  await assert.rejects(listen(gateway), { code: 'LISTEN_OPEN' });
  await gateway.close();
});

test('the admin listener answers to its own names only', async () => {
  await using at = await served([]);
  const asked = httpRequest(`${at.adminUrl}/readyz`, { headers: { host: 'evil.example' } });
  asked.end();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  response.resume();
  assert.equal(response.statusCode, 421);
});

test('no client field decides where the gateway connects', async () => {
  await using upstream = await fakeUpstream(good);
  await using at = await served([upstream.url]);
  for (const [path, headers] of [
    ['/line?api_base=http://elsewhere', {}],
    ['/line', { 'x-some-custom-host': 'http://elsewhere' }],
    ['/line', { 'x-base-url': 'http://elsewhere' }],
  ] as const) {
    assert.equal((await post(at.url + path, streamed, headers)).status, 400);
  }
  assert.equal(upstream.requests.length, 0);
});

test('a gateway that is its own upstream ends the loop', async () => {
  let url = '';
  const loop = plugin('loop', (to) => {
    to.provider({
      name: 'self',
      dialects: ['line'],
      credentials: [],
      capabilities: () => ({}),
      call: async (attempt) => {
        const { status, headers, bytes } = await to.upstream({
          provider: 'self',
          origin: url,
          path: '/line',
          method: 'POST',
          headers: attempt.headers,
          body: attempt.body,
          signal: attempt.signal,
          allowPrivate: ['127.0.0.1'],
        });
        return { status, headers, dialect: 'line', streamed: true, bytes };
      },
    });
  });
  await using at = await served([], [loop], {
    models: { m: { targets: [{ provider: 'self', model: 'm' }], unsupported: 'refuse' } },
  });
  url = at.url;
  const response = await post(`${at.url}/line`, { ...streamed, model: 'm' });
  assert.ok(response.status >= 400);
  await until(() => at.settled.length > 0);
  assert.ok(at.settled.length <= 3);
});

test('hostile requests leave the process as it was', async () => {
  await using upstream = await fakeUpstream(reply.json(200, [{ text: 'ok' }, { end: true }]));
  await using at = await served([upstream.url]);
  const port = Number(new URL(at.url).port);
  const raw = async (bytes: string): Promise<string> => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    socket.end(bytes);
    let text = '';
    try {
      for await (const chunk of socket) text += String(chunk);
    } catch {}
    return text;
  };
  for (const bytes of [
    'POST /line HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello',
    'POST /line HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\ncontent-length: 4\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n',
    'TRACE / HTTP/1.1\r\nhost: x\r\n\r\n',
    'GET http://elsewhere/line HTTP/1.1\r\nhost: x\r\n\r\n',
    'GET /line HTTP/1.1\r\nhost: x\r\n__proto__: y\r\n\r\n',
    'POST /line HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\n\r\n\u0000\u0001\u0002',
  ]) {
    const text = await raw(bytes);
    assert.doesNotMatch(text, /^HTTP\/1\.1 5/, bytes);
  }
  assert.equal(upstream.requests.length, 0);
  assert.equal((await post(`${at.url}/line`, { model: 'all' })).status, 200);
});

const rejections: unknown[] = [];
process.on('unhandledRejection', (reason) => rejections.push(reason));
after(() => assert.deepEqual(rejections, []));
