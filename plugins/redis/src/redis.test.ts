import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collectBytes, createGateway, definePlugin, type LiveGateway, type Plugin, stage } from '@tapgate/core';
import echo from '@tapgate/echo';
import { openaiChat } from '@tapgate/openai';
import { pluginContract } from '@tapgate/test-kit';
import { pino } from 'pino';
import redis from './index.ts';
import { anyServer, freePort, ownPrefix, ownServer, skip, skipAny, until } from './own-server.test.ts';

const nowhere = `redis://127.0.0.1:${await freePort()}`;

pluginContract(test, {
  plugin: redis,
  options: { url: nowhere },
  badOptions: [
    { url: 'http://127.0.0.1' },
    { url: nowhere, prefix: '' },
    { url: nowhere, timeoutMs: 0 },
    { url: nowhere, tls: {} },
    { url: 'rediss://h', tls: { key: 'a' } },
    { url: 'rediss://h', tls: { certificateAuthorities: ['/nowhere.pem'] } },
  ],
  module: import.meta.resolve('./index.ts'),
  single: 'A gateway has one store.',
});

const log = pino({ level: 'silent' });
const options = (url: string, more: object = {}): object => ({ url, prefix: ownPrefix(), timeoutMs: 2000, ...more });

/** A limit of a caller's, with no thought for a store that is away. */
const limit = (failure?: 'open'): Plugin =>
  definePlugin({
    name: `limit-${failure ?? 'closed'}`,
    apiVersion: 1,
    schema: { type: 'object', additionalProperties: false },
    apply(gateway) {
      const name = `limit-${failure ?? 'closed'}`;
      const claims = [{ key: name, amount: 1n, limit: 100n, windowMs: 600_000 }];
      gateway.hooks.beforeRoute.tapPromise(
        { name, stage: stage.limit, ...(failure === undefined ? {} : { failure }) },
        async (exchange) => {
          await gateway.service('store')?.reserve(exchange.id, claims, 60_000);
        },
      );
    },
  });

function gatewayWith(url: string, plugin: Plugin, more: object = {}): LiveGateway {
  const gateway = createGateway({}, { log });
  gateway.dialect(openaiChat);
  return gateway.use(echo, { paceMs: 0 }).use(redis, options(url, more)).use<unknown>(plugin, {});
}

async function statusOf(gateway: LiveGateway): Promise<number> {
  const body = Buffer.from(JSON.stringify({ model: 'echo/echo', messages: [{ role: 'user', content: 'hello' }] }));
  const reply = await gateway.handle({ dialect: 'openai-chat', path: '/v1/chat/completions', body });
  await collectBytes(reply.bytes);
  return reply.status;
}

// B-06, B-09
test(
  'while the store is away the plugin that asks it decides, or its stage does: a limit is closed',
  { skip },
  async () => {
    await using server = await ownServer();
    await server.kill();
    const [closed, open] = [gatewayWith(server.url, limit()), gatewayWith(server.url, limit('open'))];
    assert.deepEqual([await statusOf(closed), await statusOf(open)], [503, 200]);
    await server.start();
    await until(async () => (await statusOf(closed)) === 200, 'it is open again', 5000);
    assert.equal(await statusOf(open), 200);
    await Promise.all([closed.close(), open.close()]);
  },
);

// D-03
test('a gateway is ready while the store is away, unless that is required', { skip }, async () => {
  await using server = await ownServer();
  const [required, other] = [
    gatewayWith(server.url, limit(), { required: true }),
    gatewayWith(server.url, limit(), { required: false }),
  ];
  await Promise.all([required.ready(), other.ready()]);
  assert.deepEqual([required.healthy, other.healthy], [true, true]);
  await server.kill();
  await until(() => !required.healthy, 'it is not ready');
  assert.equal(other.healthy, true);
  await server.start();
  await until(() => required.healthy, 'it is ready again', 5000);
  await Promise.all([required.close(), other.close()]);
});

test(
  'a reload with the same options goes on with the same connection, and the last to close ends it',
  { skip: skipAny },
  async () => {
    await using server = await anyServer();
    const given = options(server.url);
    const made = (): LiveGateway => createGateway({}, { log }).use(redis, given);
    const first = made();
    await first.ready();
    const second = made();
    await second.ready();
    assert.equal(second.service('store'), first.service('store'));
    const store = second.service('store');
    await first.close();
    assert.equal(await store?.get('a'), undefined, 'it can be asked');
    const third = createGateway({}, { log }).use(redis, { ...given, prefix: ownPrefix() });
    assert.notEqual(third.service('store'), store);
    await third.close();
    await second.close();
    await assert.rejects(async () => store?.get('a'), /away/);
  },
);

test('two of it are one too many', async () => {
  const gateway = createGateway({}, { log }).use(redis, options(nowhere));
  assert.throws(() => gateway.use(redis, options(nowhere), { id: 'second' }), { code: 'SERVICE_DUPLICATE' });
  await gateway.close();
});
