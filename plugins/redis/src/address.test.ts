import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Secret } from '@tapgate/core';
import { addressOf } from './address.ts';
import type { RedisOptions } from './options.ts';
import { ownServer, patient, skip, storeAt, until } from './own-server.test.ts';

const folder = mkdtempSync(join(tmpdir(), 'tapgate-redis-tls-'));
after(() => rmSync(folder, { recursive: true }));

const at = (url: string, more: Partial<RedisOptions> = {}) =>
  addressOf({ url: new Secret(url), prefix: 'x:', required: false, ...patient, ...more });

test('an address is read from its URL, and what that leaves out from the options', () => {
  const { name, credentials, database, socket } = at('redis://ann:p%40ss@cache.example:6380/3');
  assert.equal(name, 'cache.example:6380/3');
  assert.deepEqual(credentials, { username: 'ann', password: 'p@ss' });
  assert.equal(database, 3);
  assert.deepEqual([socket.tls, (socket as { host?: string }).host], [undefined, 'cache.example']);
  const plain = at('rediss://[::1]', { username: 'bob', password: new Secret('word'), database: 2 });
  assert.equal(plain.name, '[::1]:6379/2');
  assert.deepEqual(plain.credentials, { username: 'bob', password: 'word' });
  assert.deepEqual([plain.socket.tls, (plain.socket as { host?: string }).host], [true, '::1']);
  assert.deepEqual(at('redis://:word@h').credentials, { password: 'word' });
});

test('what an address is made of shows in its digest, and nothing of it can be read there', () => {
  const file = join(folder, 'file');
  const digests = [
    at('redis://:canary@h'),
    at('redis://h', { password: new Secret('canary') }),
    at('redis://:other@h'),
    at('redis://:canary@h/1'),
    at('rediss://:canary@h'),
    at('rediss://:canary@h', { tls: { serverName: 'g' } }),
    ...['', '\n'].map((content) => {
      writeFileSync(file, content);
      return at('rediss://:canary@h', { tls: { certificateAuthorities: [file] } });
    }),
  ].map(({ digest }) => digest);
  assert.equal(digests[0], digests[1], 'the same, written otherwise');
  assert.equal(new Set(digests).size, digests.length - 1);
  for (const digest of digests) assert.match(digest, /^[0-9a-f]{64}$/);
});

test('a mistake in the address is told without what is secret', () => {
  const mistakes: readonly (readonly [string, Partial<RedisOptions>, RegExp])[] = [
    ['http://canary@h', {}, /must be like redis:/],
    ['canary', {}, /must be like redis:/],
    ['redis://', {}, /must be like redis:/],
    ['redis://:canary@h/zero', {}, /number of a database/],
    ['rediss://:canary@h?ssl_cert_reqs=none', {}, /would not be read/],
    ['redis://:canary%@h', {}, /%25/],
    ['redis://canary@h', {}, /no password/],
    ['redis://:canary@h', { tls: {} }, /begins with rediss:/],
    [
      'rediss://:canary@h',
      { tls: { certificateAuthorities: [join(folder, 'absent.pem')] } },
      /absent\.pem cannot be read/,
    ],
  ];
  const broken = join(folder, 'broken.pem');
  writeFileSync(broken, 'canary');
  const tls = { certificate: broken, key: broken };
  assert.throws(() => at('rediss://h', { tls }), /no certificates and key in PEM that belong together/);
  for (const [url, more, expected] of mistakes)
    assert.throws(
      () => at(url, more),
      (error: Error) => expected.test(error.message) && !error.message.includes('canary'),
      url,
    );
});

const openssl = ((): boolean => {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

/** A certificate that signs itself. */
function certificate(name: string, names: string): { readonly key: string; readonly cert: string } {
  const [key, cert] = [join(folder, `${name}.key`), join(folder, `${name}.pem`)];
  const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const into = ['-keyout', key, '-out', cert, '-subj', `/CN=${name}`, '-addext', `subjectAltName=${names}`];
  execFileSync('openssl', [...made, ...into], { stdio: 'ignore' });
  return { key, cert };
}

const noTls = skip !== false ? skip : openssl ? false : 'openssl is not installed';

test(
  'a server is trusted by its certificate, and trusts by one, and nothing turns that off',
  { skip: noTls },
  async (t) => {
    const server = certificate('server', 'DNS:cache.example');
    const client = certificate('client', 'DNS:gateway.example');
    const files = ['--tls-cert-file', server.cert, '--tls-key-file', server.key, '--tls-ca-cert-file', client.cert];
    const flags = ['--tls-auth-clients', 'yes', '--requirepass', 'canary', ...files];
    await using own = await ownServer((port) => ['--port', '0', '--tls-port', String(port), ...flags]).catch(
      () => undefined,
    );
    if (own === undefined) return t.skip('the server is built without TLS');
    const url = `rediss://:canary@127.0.0.1:${own.port}`;
    const mine = { certificate: client.cert, key: client.key };
    const trusting = { ...mine, certificateAuthorities: [server.cert], serverName: 'cache.example' };
    const { store } = storeAt(url, 'x:', { tls: trusting });
    await store.open();
    await store.set('a', Buffer.from('1'), { ttlMs: 60_000 });
    assert.equal(Buffer.from((await store.get('a')) ?? []).toString(), '1');
    await store.close();
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    t.after(() => delete process.env['NODE_TLS_REJECT_UNAUTHORIZED']);
    const untrusted: readonly (readonly [NonNullable<RedisOptions['tls']>, RegExp])[] = [
      [{ ...mine, serverName: 'cache.example' }, /self-signed certificate/],
      [{ ...mine, certificateAuthorities: [server.cert] }, /does not match|altnames/],
      [
        { certificateAuthorities: [server.cert], serverName: 'cache.example' },
        /certificate required|closed|ECONNRESET/,
      ],
    ];
    for (const [tls, expected] of untrusted) {
      const told = storeAt(url, 'x:', { tls });
      await told.store.open();
      await assert.rejects(told.store.get('a'), expected);
      await told.store.close();
      assert.ok(!JSON.stringify(told.logs).includes('canary'));
    }
  },
);

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

test('a user needs no more than the README grants, and a wrong password is told as that', { skip }, async () => {
  await using server = await ownServer();
  const granted = /^ACL SETUSER tapgate on >secret (.+)$/m.exec(readme)?.[1] ?? '';
  await server.command('ACL', 'SETUSER', 'tapgate', 'reset', 'on', '>canary', ...granted.split(' '));
  const told = storeAt(`redis://tapgate:canary@127.0.0.1:${server.port}/1`, 'tapgate:');
  const { store } = told;
  await store.open();
  const heard: string[] = [];
  const stop = store.watch('k:', (key) => heard.push(key));
  await until(async () => {
    await store.set('k:1', Buffer.alloc(100_000), { ttlMs: 60_000 });
    return heard.length > 0;
  }, 'it hears');
  await store.reserve('one', [{ key: 'w', amount: 1n, limit: 1n, windowMs: 64 }], 60_000);
  await store.reserve('two', [{ key: 'c', amount: 2n, limit: 1n, windowMs: 'concurrent' }], 60_000);
  await store.reserve('three', [{ key: 'w', amount: 1n, limit: 1n, windowMs: 64 }], 60_000);
  await store.settle('one', [0n]);
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.equal(
    (await store.reserve('four', [{ key: 'w', amount: 1n, limit: 1n, windowMs: 64 }], 60_000)).granted,
    true,
  );
  await server.command('SCRIPT', 'FLUSH');
  assert.equal(await store.delete('k:'), 1);
  stop();
  await store.close();
  assert.equal(told.logs.filter(({ msg }) => String(msg).endsWith('away')).length, 0, JSON.stringify(told.logs));
  const wrong = storeAt(`redis://tapgate:wrong@127.0.0.1:${server.port}`, 'tapgate:');
  await wrong.store.open();
  await assert.rejects(wrong.store.get('a'), /WRONGPASS/);
  await wrong.store.close();
  assert.ok(!JSON.stringify(wrong.logs).includes('wrong@'));
});
