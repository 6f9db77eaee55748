import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createPlainServer, connect } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, type TestContext } from 'node:test';
import { createServer, type Server, type TlsOptions } from 'node:tls';
import { setTimeout as sleep } from 'node:timers/promises';
import { Secret } from '../secret.ts';
import { createUpstream } from './create-upstream.ts';
import { chunk, codeOf, defaults, open, read, request, serve, streamHead, until, whole } from './local-server.test.ts';

/** Node cannot make certificates. */
const skip = hasOpenssl() ? false : 'openssl is not installed';
const folder = mkdtempSync(join(tmpdir(), 'tapgate-tls-'));
after(() => rmSync(folder, { recursive: true }));

function hasOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

interface Certificate {
  readonly key: string;
  readonly cert: string;
  readonly file: string;
}

/** A certificate that signs itself, for the loopback and `models.example` unless it is said otherwise. */
function certificate(
  name: string,
  names = 'IP:127.0.0.1,DNS:models.example',
  more: readonly string[] = ['-days', '2'],
): Certificate {
  const [key, file] = [join(folder, `${name}.key`), join(folder, `${name}.pem`)];
  const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=${names}`, ...more];
  const made = [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-keyout',
    key,
    '-out',
    file,
  ];
  execFileSync('openssl', [...made, ...subject], { stdio: 'ignore' });
  return { key: readFileSync(key, 'utf8'), cert: readFileSync(file, 'utf8'), file };
}

/** The same, of years ago. Only `openssl ca` can date a certificate back. */
function expired(name: string): Certificate {
  const { key } = certificate(name);
  const [file, config, asked] = ['old.pem', 'cnf', 'csr'].map((end) => join(folder, `${name}.${end}`)) as [
    string,
    string,
    string,
  ];
  writeFileSync(join(folder, `${name}.db`), '');
  writeFileSync(
    config,
    `[ca]\ndefault_ca=this\n[this]\ndatabase=${folder}/${name}.db\nnew_certs_dir=${folder}\nrand_serial=yes\ndefault_md=sha256\n` +
      'policy=any\n[any]\ncommonName=supplied\n[names]\nsubjectAltName=IP:127.0.0.1\n',
  );
  const years = ['-startdate', '20200101000000Z', '-enddate', '20210101000000Z'];
  const keyFile = join(folder, `${name}.key`);
  execFileSync('openssl', ['req', '-new', '-key', keyFile, '-subj', `/CN=${name}`, '-out', asked], { stdio: 'ignore' });
  const signed = ['ca', '-batch', '-config', config, '-selfsign', '-keyfile', keyFile, '-in', asked, '-out', file];
  execFileSync('openssl', [...signed, '-extensions', 'names', ...years], { stdio: 'ignore' });
  return { key, cert: readFileSync(file, 'utf8'), file };
}

function secure(options: TlsOptions): Server {
  return createServer(options).on('tlsClientError', () => {});
}

async function serveSecurely(t: TestContext, of: Certificate, more: TlsOptions = {}): ReturnType<typeof serve> {
  const server = await serve(
    t,
    ({ socket }) => socket.write(whole('secure')),
    secure({ key: of.key, cert: of.cert, ...more }),
  );
  return { ...server, origin: server.origin.replace('http', 'https') };
}

test('a certificate of an authority that the operator adds is trusted, and no other', { skip }, async (t) => {
  const [mine, other] = [certificate('mine'), certificate('other')];
  const server = await serveSecurely(t, mine);
  const trusting = open(t, { certificateAuthorities: [mine.file] });
  const got = read((await trusting.upstream(request(server.origin))).bytes);
  await got.over;
  assert.equal(got.text, 'secure');
  for (const certificateAuthorities of [[], [other.file]])
    await assert.rejects(open(t, { certificateAuthorities }).upstream(request(server.origin)), {
      code: 'UPSTREAM_UNREACHABLE',
      message: /certificate is signed by nobody who is trusted/,
    });
});

test('no environment variable turns verification off', { skip }, async (t) => {
  const server = await serveSecurely(t, certificate('unverified'));
  process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
  t.after(() => delete process.env['NODE_TLS_REJECT_UNAUTHORIZED']);
  assert.equal(await codeOf(open(t).upstream(request(server.origin))), 'UPSTREAM_UNREACHABLE');
});

test('a certificate that has expired or is for another name is told', { skip }, async (t) => {
  const wrong = certificate('wrong', 'DNS:elsewhere.example');
  const elsewhere = await serveSecurely(t, wrong);
  await assert.rejects(open(t, { certificateAuthorities: [wrong.file] }).upstream(request(elsewhere.origin)), {
    code: 'UPSTREAM_UNREACHABLE',
    message: /another name/,
  });
  const old = expired('expired');
  const outdated = await serveSecurely(t, old);
  await assert.rejects(open(t, { certificateAuthorities: [old.file] }).upstream(request(outdated.origin)), {
    code: 'UPSTREAM_UNREACHABLE',
    message: /expired/,
  });
});

test('an upstream without TLS, or with one too old, is unreachable', { skip }, async (t) => {
  const old = certificate('old');
  const ancient = await serveSecurely(t, old, {
    minVersion: 'TLSv1',
    maxVersion: 'TLSv1.1',
    ciphers: 'DEFAULT@SECLEVEL=0',
  });
  const { upstream } = open(t, { certificateAuthorities: [old.file] });
  assert.equal(await codeOf(upstream(request(ancient.origin))), 'UPSTREAM_UNREACHABLE');
  const plain = createPlainServer((socket) => socket.on('error', () => {}).end('HTTP/1.1 400 Bad\r\n\r\n'));
  plain.listen(0, '127.0.0.1');
  await once(plain, 'listening');
  t.after(() => plain.close());
  const { port } = plain.address() as { port: number };
  assert.equal(await codeOf(upstream(request(`https://127.0.0.1:${port}`))), 'UPSTREAM_UNREACHABLE');
  const resetting = createPlainServer((socket) =>
    socket.on('error', () => {}).once('data', () => socket.resetAndDestroy()),
  );
  resetting.listen(0, '127.0.0.1');
  await once(resetting, 'listening');
  t.after(() => resetting.close());
  const resets = resetting.address() as { port: number };
  assert.equal(await codeOf(upstream(request(`https://127.0.0.1:${resets.port}`))), 'UPSTREAM_UNREACHABLE');
});

test('connections over TLS are kept, separated by credential, and closed by an abort', { skip }, async (t) => {
  const mine = certificate('kept');
  const server = await serve(
    t,
    ({ socket, number }) => socket.write(number === 3 ? streamHead + chunk('one') : whole('ok')),
    secure({ key: mine.key, cert: mine.cert }),
  );
  const origin = server.origin.replace('http', 'https');
  const { upstream } = open(t, { certificateAuthorities: [mine.file] });
  const keyed = (key: string) => request(origin, { credential: { header: 'x-key', secret: new Secret(key) } });
  for (const key of ['one', 'two', 'one']) {
    await read((await upstream(keyed(key))).bytes).over;
    await sleep(10);
  }
  assert.deepEqual(
    server.asked.map(({ connection }) => connection),
    [0, 1, 0],
  );
  const got = read((await upstream(keyed('two'))).bytes, (control) => control().abort());
  await until(() => got.bytes > 0 && server.sockets[1]?.destroyed === true, 'the socket closes');
});

test('HTTP/2 is not spoken, where one socket would carry many calls', { skip }, async (t) => {
  const mine = certificate('both');
  const server = await serveSecurely(t, mine, { ALPNProtocols: ['h2', 'http/1.1'] });
  const { upstream } = open(t, { certificateAuthorities: [mine.file] });
  const got = read((await upstream(request(server.origin))).bytes);
  await got.over;
  assert.equal(got.text, 'secure');
});

test('a tunnel leads to the upstream of that name, and is kept', { skip }, async (t) => {
  const mine = certificate('tunnel');
  const server = await serveSecurely(t, mine);
  const asked: string[] = [];
  const closed: string[] = [];
  const between = await serve(t, ({ socket, head }) => {
    asked.push(head.split('\r\n')[0] ?? '');
    const onwards = connect(server.port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Established\r\n\r\n');
      socket.removeAllListeners('data');
      onwards.pipe(socket).pipe(onwards);
    });
    onwards.on('error', () => {});
    onwards.on('close', () => closed.push('onwards'));
    socket.on('close', () => onwards.destroy());
  });
  const { upstream } = open(t, { certificateAuthorities: [mine.file], proxy: between.origin, allowPrivate: [] });
  for (let turn = 0; turn < 3; turn += 1) {
    const got = read((await upstream(request('https://models.example'))).bytes);
    await got.over;
    assert.equal(got.text, 'secure');
    await sleep(10);
  }
  assert.deepEqual(asked, ['CONNECT models.example:443 HTTP/1.1']);
  assert.match(server.asked[0]?.head ?? '', /^POST \/v1\/chat HTTP\/1\.1\r\nhost: models\.example\r\n/);
  await assert.rejects(upstream(request('https://elsewhere.example')), {
    code: 'UPSTREAM_UNREACHABLE',
    message: /another name/,
  });
  await until(() => closed.length === 1, 'the tunnel to the wrong name closes');
});

test('a certificate file that is not there is a mistake of the config', () => {
  assert.throws(() => createUpstream({ ...defaults, certificateAuthorities: [join(folder, 'absent.pem')] }), {
    code: 'ENOENT',
  });
});
