import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { fakeUpstream, reply } from '@tapgate/test-kit';
import { between } from '../../../plugins/redis/src/between.test.ts';
import { ownServer, skip, until } from '../../../plugins/redis/src/own-server.test.ts';
import { chat, good } from './chat.ts';
import { gatewayProcess } from './gateway-process.ts';

const counted = (statuses: readonly number[]): Record<number, number> =>
  Object.fromEntries([...new Set(statuses)].map((status) => [status, statuses.filter((one) => one === status).length]));

// B-02
test('two gateways and one store: of twenty at once below a limit of ten, ten are served', { skip }, async () => {
  await using server = await ownServer();
  await using upstream = await fakeUpstream(good(20));
  await using stack = new AsyncDisposableStack();
  const env = { REDIS_URL: server.url, FIRST_URL: upstream.url, REQUESTS: '10', TIMEOUT_MS: '2000' };
  const gateways = (await Promise.all([gatewayProcess(env), gatewayProcess(env)])).map((one) => stack.use(one));
  // A limit at its barest, and the plugin of limits.
  for (const model of ['hard', 'limited']) {
    const before = upstream.requests.length;
    const asked = Array.from({ length: 20 }, (_, at) => chat(gateways[at % 2]?.url ?? '', model));
    const statuses = (await Promise.all(asked)).map(({ status }) => status);
    assert.deepEqual(counted(statuses), { 200: 10, 429: 10 }, model);
    assert.equal(upstream.requests.length - before, 10, model);
  }
  assert.deepEqual(await Promise.all(gateways.map((gateway) => gateway.end())), [0, 0]);
});

test('one server of several workers has one limit', { skip }, async () => {
  await using server = await ownServer();
  await using upstream = await fakeUpstream(good(20));
  const env = { REDIS_URL: server.url, FIRST_URL: upstream.url, REQUESTS: '10', TIMEOUT_MS: '2000', WORKERS: '2' };
  await using gateway = await gatewayProcess(env);
  const statuses = (await Promise.all(Array.from({ length: 20 }, () => chat(gateway.url, 'hard')))).map(
    (one) => one.status,
  );
  assert.deepEqual(counted(statuses), { 200: 10, 429: 10 });
  assert.equal(await gateway.end(), 0);
});

test('a request with a limit waits for one round trip to the store, and one without for none', { skip }, async () => {
  await using server = await ownServer();
  await using wire = await between(server.port);
  await using upstream = await fakeUpstream(good());
  await using gateway = await gatewayProcess({ REDIS_URL: wire.url, FIRST_URL: upstream.url, TIMEOUT_MS: '2000' });
  await until(() => gateway.log.some(({ msg }) => msg === 'redis-watch is connected'), 'it is connected');
  const count = 20;
  const sent = async (model: string): Promise<number> => {
    const before = wire.commands.length;
    for (let at = 0; at < count; at += 1) assert.equal((await chat(gateway.url, model)).status, 200);
    // What is settled is told after the answer.
    await wait(100);
    const commands = wire.commands.slice(before).filter((name) => name !== 'PING');
    assert.ok(
      commands.every((name) => name.startsWith('EVALSHA ')),
      'programs go by their names',
    );
    return commands.length;
  };
  assert.equal(await sent('free'), 0);
  assert.equal(await sent('hard'), 2 * count, 'one to reserve, one to settle');
  // Nothing but the reservation gets to the server, and the client has its answer all the same.
  const before = wire.commands.length;
  wire.holdsNext = true;
  assert.equal((await chat(gateway.url, 'hard')).status, 200);
  assert.equal(wire.commands.slice(before).filter((name) => name !== 'PING').length, 1);
  wire.holdsNext = false;
  wire.holds = false;
  wire.release();
});

test('what one gateway learns of a provider another knows at once, and asks it no more', { skip }, async () => {
  await using server = await ownServer();
  await using first = await fakeUpstream(reply.json(500, { error: { message: 'no', type: 'server_error' } }));
  await using second = await fakeUpstream(good());
  const env = { REDIS_URL: server.url, FIRST_URL: first.url, SECOND_URL: second.url, TIMEOUT_MS: '2000' };
  await using one = await gatewayProcess(env);
  await using other = await gatewayProcess(env);
  await until(
    async () => String(await server.command('PUBSUB', 'NUMSUB', 'faults:n:failover')).endsWith('2'),
    'both listen',
  );
  for (let at = 0; at < 8; at += 1) {
    const { status, headers } = await chat(one.url, 'two');
    assert.deepEqual([status, headers.get('x-tapgate-provider')], [200, 'second']);
  }
  const learned = first.requests.length;
  assert.ok(learned >= 5, `${learned}`);
  await wait(100);
  for (let at = 0; at < 8; at += 1) assert.equal((await chat(other.url, 'two')).status, 200);
  assert.equal(first.requests.length, learned, 'the other has asked it all the same');
});
