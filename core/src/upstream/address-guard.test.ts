import assert from 'node:assert/strict';
import type { LookupAddress } from 'node:dns';
import { once } from 'node:events';
import { createServer } from 'node:net';
import test from 'node:test';
import * as fc from 'fast-check';
import { AddressGuard, identityReach, privateHostOf, type Resolve } from './address-guard.ts';
import { embeddedIn, reachOf } from './address-reach.ts';
import { directConnect } from './connect.ts';
import { codeOf, open, read, request, serve, whole } from './local-server.test.ts';

const privateAddresses = [
  '0.0.0.0',
  '10.1.2.3',
  '100.64.0.1',
  '127.0.0.1',
  '127.255.255.254',
  '172.16.0.1',
  '172.31.255.255',
  '192.0.0.8',
  '192.168.1.1',
  '198.18.0.1',
  '224.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '0:0:0:0:0:0:0:1',
  'fc00::1',
  'fd12:3456::1',
  'fe80::1',
  'fe80::1%eth0',
  'fec0::1',
  'ff02::1',
  '100::1',
  '2001::1',
  '2001:db8::1',
  '5f00::1',
  '64:ff9b:1::7f00:1',
  '::ffff:127.0.0.1',
  '::ffff:7f00:1',
  '::FFFF:10.0.0.1',
  '0:0:0:0:0:ffff:c0a8:0101',
  '::ffff:0:127.0.0.1',
  '::127.0.0.1',
  '64:ff9b::7f00:1',
  '64:ff9b::10.0.0.1',
  '2002:7f00:1::',
  '2002:c0a8:101::1',
];
const publicAddresses = [
  '1.1.1.1',
  '8.8.8.8',
  '100.63.255.255',
  '100.128.0.1',
  '172.15.0.1',
  '172.32.0.1',
  '192.1.0.1',
  '223.255.255.255',
  '2606:4700::1111',
  '2a00:1450:4001::1',
  '::ffff:8.8.8.8',
  '64:ff9b::808:808',
  '2002:808:808::1',
];
const metadataAddresses = [
  '169.254.169.254',
  '169.254.170.2',
  '::ffff:169.254.169.254',
  '::ffff:a9fe:a9fe',
  '64:ff9b::a9fe:a9fe',
  '2002:a9fe:a9fe::',
  'fd00:ec2::254',
  'fd00:0ec2:0:0:0:0:0:254',
  'fd20:ce::254',
  '100.100.100.200',
  'not an address',
  '',
];

test('every private address is known in all its spellings, and no public one is taken for private', () => {
  for (const address of privateAddresses) assert.equal(reachOf(address), 'private', address);
  for (const address of publicAddresses) assert.equal(reachOf(address), 'public', address);
  for (const address of metadataAddresses) assert.equal(reachOf(address), 'never', address);
});

test('an IPv4 address is judged alike in every IPv6 form', () => {
  const octet = fc.integer({ min: 0, max: 255 });
  fc.assert(
    fc.property(octet, octet, octet, octet, (a, b, c, d) => {
      const plain = `${a}.${b}.${c}.${d}`;
      const hex = `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
      const forms = [`::ffff:${plain}`, `::ffff:${hex}`, `64:ff9b::${hex}`, `64:ff9b::${plain}`, `2002:${hex}::1`];
      return forms.every((form) => embeddedIn(form) === plain && reachOf(form) === reachOf(plain));
    }),
  );
});

test('nothing is listed: no private address is reached, whatever it is called', () => {
  const guard = new AddressGuard([]);
  const spellings = [
    'http://127.0.0.1',
    'http://2130706433',
    'http://0x7f.1',
    'http://0177.0.0.1',
    'http://127.1',
    'http://0.0.0.0',
    'http://0',
    'http://[::1]',
    'http://[::ffff:7f00:1]',
    'http://[::ffff:127.0.0.1]',
    'http://[64:ff9b::7f00:1]',
    'http://[fd00::1]',
    'http://169.254.169.254',
    'http://2852039166',
    'http://[::ffff:a9fe:a9fe]',
    'http://[fd00:ec2::254]',
    'http://metadata.google.internal',
    'http://METADATA.google.internal.',
    'http://metadata',
    'http://instance-data.ec2.internal',
    'http://①②⑦.⓪.⓪.①',
  ];
  for (const spelling of spellings) assert.equal(guard.refuses(new URL(spelling).hostname), true, spelling);
  for (const fine of [
    'http://8.8.8.8',
    'http://[2606:4700::1111]',
    'https://api.example.com',
    'https://metadata.example.com',
  ])
    assert.equal(guard.refuses(new URL(fine).hostname), false, fine);
});

test('what is listed is reached: blocks, addresses and names', () => {
  const guard = new AddressGuard(['10.0.0.0/8', '127.0.0.1', 'fd12::/16', '[::1]', 'Models.Internal.']);
  assert.equal(guard.refuses('10.9.8.7'), false);
  assert.equal(guard.refuses('127.0.0.1'), false);
  assert.equal(guard.refuses('127.0.0.2'), true);
  assert.equal(guard.refuses('[::1]'), false);
  assert.equal(guard.refuses('[::ffff:10.9.8.7]'), false);
  assert.equal(guard.permits('fd12::7', 'any.example'), true);
  assert.equal(guard.permits('192.168.0.1', 'models.internal'), true);
  assert.equal(guard.permits('192.168.0.1', 'other.internal'), false);
});

test('metadata addresses are not reached even where they are listed', () => {
  const guard = new AddressGuard(['0.0.0.0/0', '::/0', '169.254.169.254', 'metadata', 'models.internal']);
  for (const address of metadataAddresses) assert.equal(guard.permits(address, 'models.internal'), false, address);
  for (const host of ['169.254.169.254', '[fd00:ec2::254]', 'metadata', 'metadata.goog'])
    assert.equal(guard.refuses(host), true);
});

test('a call for this machine’s identity reaches the one metadata address it names, and nothing else', async (t) => {
  const guard = AddressGuard.forMetadata('169.254.169.254');
  assert.equal(guard.refuses('169.254.169.254'), false);
  for (const spelling of ['169.254.169.254', '::ffff:169.254.169.254'])
    assert.equal(guard.permits(spelling, '169.254.169.254'), true, spelling);
  for (const address of ['169.254.170.2', '100.100.100.200', '127.0.0.1', '10.0.0.1', '8.8.8.8', '::1'])
    assert.equal(guard.permits(address, '169.254.169.254'), false, address);
  for (const other of ['127.0.0.1', '8.8.8.8', 'metadata.google.internal', 'api.example.com', '10.0.0.1']) {
    const led = AddressGuard.forMetadata(other);
    for (const address of [...metadataAddresses, '127.0.0.1', '8.8.8.8'])
      assert.equal(led.permits(address, other), false, `${other} at ${address}`);
  }
  const server = await serve(t, ({ socket }) => socket.write(whole('ok')));
  const { upstream } = open(t);
  const call = (origin: string, metadata?: true): Promise<unknown> =>
    codeOf(upstream(request(origin, { timeouts: { connectMs: 50 }, ...(metadata && { metadata }) })));
  assert.equal(await call(server.origin, true), 'UPSTREAM_ADDRESS');
  assert.equal(await call('http://169.254.123.45:9'), 'UPSTREAM_ADDRESS');
  // Nobody is there, and that it was tried is all that can be seen.
  assert.notEqual(await call('http://169.254.123.45:9', true), 'UPSTREAM_ADDRESS');
});

test('the place of an identity is a metadata service by its literal address alone', () => {
  assert.deepEqual(identityReach('http://169.254.169.254'), { metadata: true });
  assert.deepEqual(identityReach('http://127.0.0.1:41741/msi/token'), { allowPrivate: ['127.0.0.1'] });
  for (const other of ['http://metadata.google.internal', 'https://example.com', 'nonsense'])
    assert.deepEqual(identityReach(other), { allowPrivate: [] }, other);
});

test('what is no block, address or name is refused when it is listed', () => {
  for (const entry of [
    '10.0.0.0/33',
    '10.0.0/8',
    'example.com/8',
    '',
    ' ',
    'http://10.0.0.1',
    '*',
    '::/129',
    '10.0.0.0/',
  ])
    assert.throws(() => new AddressGuard([entry]), TypeError, entry);
});

const resolving = (...addresses: string[]): Resolve => {
  const found: LookupAddress[] = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  return (_hostname, _options, callback) => setImmediate(callback, null, found);
};

/** What a lookup through the guard gives, all or the first. */
function look(guard: AddressGuard, all: boolean): Promise<unknown> {
  return new Promise((resolve, reject) => {
    guard.lookup('name.example', { all }, (error, address) => (error ? reject(error) : resolve(address)));
  });
}

test('a name that resolves to private addresses is not reached, and of mixed ones the public are', async () => {
  await assert.rejects(look(new AddressGuard([], resolving('127.0.0.1', '::1')), true), { name: 'AddressRefused' });
  const mixed = new AddressGuard([], resolving('10.0.0.1', '8.8.8.8', '::1'));
  assert.deepEqual(await look(mixed, true), [{ address: '8.8.8.8', family: 4 }]);
  assert.equal(await look(mixed, false), '8.8.8.8');
  assert.equal(await look(new AddressGuard(['name.example'], resolving('10.0.0.1')), false), '10.0.0.1');
});

test('a name is judged at each connection: what was public before may be private now', async (t) => {
  const server = await serve(t, () => {});
  let addresses = ['127.0.0.1'];
  let asked = 0;
  const resolve: Resolve = (hostname, options, callback) => {
    asked += 1;
    resolving(...addresses)(hostname, options, callback);
  };
  const listed = new AddressGuard(['rebound.example'], resolve);
  const strict = new AddressGuard([], resolve);
  const options = {
    hostname: 'rebound.example',
    host: `rebound.example:${server.port}`,
    protocol: 'http:',
    port: `${server.port}`,
  };
  const connect = (guard: AddressGuard): Promise<string> =>
    new Promise((settle) => {
      directConnect(guard, undefined)(options, (error, socket) => {
        socket?.destroy();
        settle(error ? (error.cause as Error).name : 'connected');
      });
    });
  assert.equal(await connect(listed), 'connected');
  assert.equal(await connect(strict), 'AddressRefused');
  addresses = ['::ffff:127.0.0.1'];
  assert.equal(await connect(strict), 'AddressRefused');
  assert.equal(asked, 3);
});

test('a socket that went elsewhere than the guard thought is closed', async (t) => {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const { port } = server.address() as { port: number };
  const guard = new AddressGuard([]);
  // As if the resolver had lied about what it gave.
  Object.defineProperty(guard, 'lookup', {
    value: new AddressGuard(['deceived.example'], resolving('127.0.0.1')).lookup,
  });
  const options = {
    hostname: 'deceived.example',
    host: `deceived.example:${port}`,
    protocol: 'http:',
    port: `${port}`,
  };
  const error = await new Promise<Error | null>((settle) => {
    directConnect(guard, undefined)(options, (...[refused]) => settle(refused));
  });
  assert.equal((error?.cause as Error | undefined)?.name, 'AddressRefused');
});

test('a private address is refused without a connection', async (t) => {
  const server = await serve(t, ({ socket }) => socket.write(whole('ok')));
  const { upstream } = open(t, { allowPrivate: [] });
  for (const host of [
    '127.0.0.1',
    'localhost',
    'localhost.',
    '2130706433',
    '0x7f.1',
    '[::1]',
    '[::ffff:7f00:1]',
    '0.0.0.0',
  ])
    assert.equal(await codeOf(upstream(request(`http://${host}:${server.port}`))), 'UPSTREAM_ADDRESS', host);
  assert.equal(server.sockets.length, 0);
});

test('what the operator wrote as a private address or as localhost is listed by that', async (t) => {
  assert.deepEqual(privateHostOf('http://127.0.0.1:11434'), ['127.0.0.1']);
  assert.deepEqual(privateHostOf('http://0x7f.1/v1'), ['127.0.0.1']);
  assert.deepEqual(privateHostOf('http://[::1]:8000'), ['::1']);
  assert.deepEqual(privateHostOf('http://192.168.1.5'), ['192.168.1.5']);
  assert.deepEqual(privateHostOf('http://LOCALHOST.:1'), ['localhost']);
  assert.deepEqual(privateHostOf('http://gpu.localhost'), ['gpu.localhost']);
  for (const other of [
    'https://api.example.com',
    'http://169.254.169.254',
    'http://8.8.8.8',
    'http://localhost.example.com',
    'nonsense',
  ])
    assert.deepEqual(privateHostOf(other), [], other);
  const server = await serve(t, ({ socket }) => socket.write(whole('ok')));
  const { upstream } = open(t, { allowPrivate: [] });
  for (const origin of [server.origin, `http://localhost:${server.port}`]) {
    const { bytes } = await upstream(request(origin, { allowPrivate: privateHostOf(origin) }));
    await read(bytes).over;
  }
  assert.equal(server.asked.length, 2);
});

test('what is more than an origin is refused: userinfo, path, query, other schemes', async (t) => {
  const server = await serve(t, ({ socket }) => socket.write(whole('ok')));
  const { upstream } = open(t);
  const at = `127.0.0.1:${server.port}`;
  const origins = [
    `http://user@${at}`,
    `http://:pass@${at}`,
    `http://a\\@${at}`,
    `http://${at}/path`,
    `http://${at}?query`,
    `http://${at}#hash`,
    `ftp://${at}`,
    `//${at}`,
    at,
    '',
  ];
  for (const origin of origins) assert.equal(await codeOf(upstream(request(origin))), 'INTERNAL', origin);
  assert.equal(server.sockets.length, 0);
});
