import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import test, { type TestContext } from 'node:test';
import { textBody } from '../body.ts';
import { Secret } from '../secret.ts';
import { createUpstream } from './create-upstream.ts';
import { codeOf, defaults, open, read, request, serve, until, whole } from './local-server.test.ts';
import { proxyChoice } from './proxy-choice.ts';

interface TestProxy {
  readonly url: string;
  /** `CONNECT host:port` or `METHOD url` for each, with its `proxy-authorization`. */
  readonly seen: readonly string[];
  readonly sockets: readonly Socket[];
}

/** Opens tunnels, all to one port of the loopback, and answers plain requests itself. */
async function proxy(t: TestContext, port = 0, status = 200): Promise<TestProxy> {
  const seen: string[] = [];
  const sockets: Socket[] = [];
  const server = createServer((incoming, outgoing) => {
    seen.push(`${incoming.method} ${incoming.url} ${incoming.headers.host} ${incoming.headers['proxy-authorization']}`);
    outgoing.statusCode = status;
    outgoing.end('from the proxy');
  });
  server.on('connection', (socket) => sockets.push(socket));
  server.on('connect', (incoming, socket: Socket) => {
    seen.push(`CONNECT ${incoming.url} ${incoming.headers['proxy-authorization']}`);
    socket.on('error', () => {});
    if (status !== 200) {
      socket.end(`HTTP/1.1 ${status} No\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    if (port === 0) {
      socket.resume().on('end', () => socket.end());
      return;
    }
    const onwards = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Established\r\n\r\n');
      onwards.pipe(socket).pipe(onwards);
    });
    onwards.on('error', () => socket.destroy());
    socket.on('close', () => onwards.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen, sockets };
}

const chosen = (setting: string | undefined, environment: Record<string, string>, origin: string): string | undefined =>
  proxyChoice(setting, environment)(new URL(origin))?.href;

test('the environment counts only when the config says so', () => {
  const environment = { HTTP_PROXY: 'http://p:1', HTTPS_PROXY: 'http://p:2', https_proxy: '' };
  assert.equal(chosen(undefined, environment, 'https://a.example'), undefined);
  assert.equal(chosen('environment', environment, 'https://a.example'), 'http://p:2/');
  assert.equal(chosen('environment', environment, 'http://a.example'), 'http://p:1/');
  assert.equal(chosen('environment', {}, 'https://a.example'), undefined);
  assert.equal(chosen('http://q:3', environment, 'https://a.example'), 'http://q:3/');
  assert.equal(
    chosen('environment', { ...environment, https_proxy: 'http://lower:4' }, 'https://a.example'),
    'http://lower:4/',
  );
});

test('NO_PROXY names hosts, domains, addresses, blocks and ports', () => {
  const cases: readonly (readonly [noProxy: string, origin: string, direct: boolean])[] = [
    ['*', 'https://a.example', true],
    ['a.example', 'https://a.example', true],
    ['a.example', 'https://b.a.example', true],
    ['A.EXAMPLE.', 'https://a.example.', true],
    ['a.example', 'https://ba.example', false],
    ['.a.example', 'https://b.a.example', true],
    ['.a.example', 'https://a.example', true],
    ['*.a.example', 'https://b.a.example', true],
    ['*.a.example', 'https://a.example', false],
    ['a.example:8443', 'https://a.example:8443', true],
    ['a.example:8443', 'https://a.example', false],
    ['a.example:443', 'https://a.example', true],
    ['x, y  a.example,', 'https://a.example', true],
    ['10.1.2.3', 'https://10.1.2.3', true],
    ['10.0.0.0/8', 'https://10.1.2.3', true],
    ['10.0.0.0/8', 'https://11.1.2.3', false],
    ['10.0.0.0/99', 'https://10.1.2.3', false],
    ['1.2.3', 'https://10.1.2.3', false],
    ['::1', 'https://[::1]', true],
    ['[::1]:443', 'https://[::1]', true],
    ['fd00::/8', 'https://[fd12::1]', true],
    ['', 'https://a.example', false],
  ];
  for (const [noProxy, origin, direct] of cases) {
    const proxied = chosen('environment', { HTTPS_PROXY: 'http://p:1', NO_PROXY: noProxy }, origin);
    assert.equal(proxied === undefined, direct, `${noProxy} for ${origin}`);
  }
});

test('a proxy that is no http URL is a mistake of the config, told without its password', () => {
  for (const setting of ['socks5://user:canary@p:1', 'p:3128', 'canary'])
    assert.throws(
      () => createUpstream({ ...defaults, proxy: setting }),
      (error: Error) => error instanceof TypeError && !error.message.includes('canary'),
    );
});

test('plain http asks the proxy by the whole URL, with the credential of each where it belongs', async (t) => {
  const between = await proxy(t);
  const { upstream } = open(t, { proxy: between.url.replace('//', '//us%40er:pa%3Ass@'), allowPrivate: [] });
  const credential = { header: 'x-key', secret: new Secret('k') };
  const got = read(
    (await upstream(request('http://models.example:8000', { path: '/v1/chat?a=b', credential, body: textBody('{}') })))
      .bytes,
  );
  await got.over;
  assert.equal(got.text, 'from the proxy');
  const basic = `Basic ${Buffer.from('us@er:pa:ss').toString('base64')}`;
  assert.deepEqual(between.seen, [`POST http://models.example:8000/v1/chat?a=b models.example:8000 ${basic}`]);
});

test('two credentials do not share a connection to a proxy either', async (t) => {
  const between = await proxy(t);
  const { upstream } = open(t, { proxy: between.url });
  for (const key of ['one', 'two']) {
    const credential = { header: 'x-key', secret: new Secret(key) };
    await read((await upstream(request('http://models.example', { credential }))).bytes).over;
  }
  assert.equal(between.sockets.length, 2);
});

test('a proxy that refuses a tunnel leaves the upstream unreachable, and keeps its password', async (t) => {
  const between = await proxy(t, 0, 403);
  const { upstream } = open(t, { proxy: between.url.replace('//', '//user:canary@') });
  await assert.rejects(upstream(request('https://models.example')), {
    code: 'UPSTREAM_UNREACHABLE',
    message: /the proxy refused with status 403/,
  });
  assert.equal(between.seen[0], `CONNECT models.example:443 Basic ${Buffer.from('user:canary').toString('base64')}`);
  const asks = await proxy(t, 0, 407);
  const plain = open(t, { proxy: asks.url });
  assert.equal(await codeOf(plain.upstream(request('http://models.example'))), 'UPSTREAM_UNREACHABLE');
});

test('a proxy that is not there leaves the upstream unreachable', async (t) => {
  const { upstream } = open(t, { proxy: 'http://127.0.0.1:1' });
  assert.equal(await codeOf(upstream(request('https://models.example'))), 'UPSTREAM_UNREACHABLE');
  assert.equal(await codeOf(upstream(request('http://models.example'))), 'UPSTREAM_UNREACHABLE');
});

test('a proxy that closes the tunnel at once is asked once', async (t) => {
  const server = await serve(t, ({ socket }) => socket.end());
  const { upstream } = open(t, { proxy: server.origin });
  assert.equal(await codeOf(upstream(request('https://models.example'))), 'UPSTREAM_UNREACHABLE');
  assert.equal(server.sockets.length, 1);
});

test('an abort while a tunnel is made closes it', async (t) => {
  const between = await proxy(t);
  const { upstream } = open(t, { proxy: between.url });
  const controller = new AbortController();
  const call = codeOf(upstream(request('https://models.example', { signal: controller.signal })));
  await until(() => between.seen.length === 1, 'the proxy is asked');
  controller.abort();
  assert.equal(await call, 'CLIENT_LEFT');
  await until(() => between.sockets[0]?.destroyed === true, 'the socket closes');
});

test('private and metadata addresses are refused through a proxy too', async (t) => {
  const between = await proxy(t);
  const { upstream } = open(t, { proxy: between.url, allowPrivate: [] });
  for (const origin of [
    'http://10.0.0.1',
    'https://10.0.0.1',
    'http://metadata.google.internal',
    'https://169.254.169.254',
  ])
    assert.equal(await codeOf(upstream(request(origin))), 'UPSTREAM_ADDRESS', origin);
  assert.deepEqual(between.seen, []);
});

test('an exception from the proxy goes straight', async (t) => {
  const between = await proxy(t);
  const server = await serve(t, ({ socket }) => socket.write(whole('straight')));
  const before = { ...process.env };
  Object.assign(process.env, { HTTP_PROXY: between.url, NO_PROXY: '127.0.0.1' });
  t.after(() => {
    process.env = before;
  });
  const { upstream } = open(t, { proxy: 'environment' });
  assert.equal(read((await upstream(request('http://models.example'))).bytes).ending, undefined);
  const got = read((await upstream(request(server.origin))).bytes);
  await got.over;
  assert.equal(got.text, 'straight');
  assert.equal(between.seen.length, 1);
});
