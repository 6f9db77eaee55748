import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { type Exchange, type GatewayConfig, type LiveGateway, stage } from '@tapgate/core';
import { fakeUpstream, step } from '@tapgate/test-kit';
import { ask, lineGateway, plugin, saying, tell } from './line-gateway.ts';

const good = [step.head(200, { 'content-type': 'text/event-stream' }), step.write(saying('ok'))];
const streamed = ask({ stream: true });

/** What waits in one of the hooks; a tap's own time is 40 ms. */
function waiting(
  url: string,
  where: 'limit' | 'filter',
  tap: (exchange: Exchange) => Promise<void>,
  config: GatewayConfig = {},
): LiveGateway {
  const waits = plugin('waits', ({ hooks }) => {
    const at = { name: 'waits', timeoutMs: 40 };
    if (where === 'limit') hooks.beforeRoute.tapPromise({ ...at, stage: stage.limit }, (exchange) => tap(exchange));
    else
      hooks.selectProvider.tapPromise({ ...at, stage: stage.filter }, async (targets, exchange) => {
        await tap(exchange);
        return targets;
      });
  });
  return lineGateway([url], [waits], config);
}

for (const where of ['limit', 'filter'] as const) {
  test(`a tap's time stands still while it waits for its turn, and goes on after (${where})`, async () => {
    await using upstream = await fakeUpstream(good);
    let late = false;
    const gateway = waiting(upstream.url, where, async (exchange) => {
      await wait(20);
      await exchange.waitFor(wait(120));
      await wait(20);
      await exchange.waitFor(wait(60));
      if (late) await wait(200);
    });
    assert.equal((await tell(gateway, streamed)).said, 'ok');
    late = true;
    assert.match((await tell(gateway, streamed)).text, /TAP_TIMEOUT/);
    assert.equal(upstream.requests.length, 1);
    await gateway.close();
  });

  test(`a wait that begins before the tap returns, and one that rejects, count like any other (${where})`, async () => {
    await using upstream = await fakeUpstream(good);
    const gateway = waiting(upstream.url, where, async (exchange) => {
      const refused = exchange.waitFor(wait(100).then(() => Promise.reject(new Error('no turn'))));
      await exchange.waitFor(wait(80));
      await refused.catch(() => {});
      await wait(10);
    });
    assert.equal((await tell(gateway, streamed)).said, 'ok');
    await gateway.close();
  });

  test(`who waits is let go by the deadline, with a true status (${where})`, async () => {
    await using upstream = await fakeUpstream(good);
    const gateway = waiting(
      upstream.url,
      where,
      (exchange) => exchange.waitFor(wait(10_000, undefined, { ref: false })),
      {
        limits: { deadlineMs: 80 },
      },
    );
    const told = await tell(gateway, streamed);
    assert.equal(told.status, 504);
    assert.equal(told.settlement.outcome, 'timeout');
    assert.equal(upstream.requests.length, 0);
    await gateway.close();
  });

  test(`a heartbeat keeps a stream open that waits for its turn, and the deadline ends it in the stream (${where})`, async () => {
    await using upstream = await fakeUpstream(good);
    const gateway = waiting(
      upstream.url,
      where,
      (exchange) => exchange.waitFor(wait(10_000, undefined, { ref: false })),
      {
        limits: { deadlineMs: 600, heartbeatMs: 20 },
      },
    );
    const told = await tell(gateway, streamed);
    assert.equal(told.status, 200);
    assert.match(told.text, /^: beat\n\n: beat/);
    assert.match(told.text, /"error":"DEADLINE"/);
    await gateway.close();
  });

  test(`who still waits when the drain limit is over is told so (${where})`, async () => {
    await using upstream = await fakeUpstream(good);
    const gateway = waiting(
      upstream.url,
      where,
      (exchange) => exchange.waitFor(wait(10_000, undefined, { ref: false })),
      {
        server: { drainMs: 50 },
      },
    );
    const told = tell(gateway, streamed);
    await wait(20);
    await gateway.close();
    const { status, text } = await told;
    assert.equal(status, 503);
    assert.match(text, /DRAINING/);
    assert.equal(upstream.requests.length, 0);
  });
}

test('a client that nobody has admitted is sent no heartbeat', async () => {
  await using upstream = await fakeUpstream(good);
  const doorman = plugin(
    'doorman',
    ({ hooks }) => {
      hooks.beforeRoute.tapPromise({ name: 'doorman', stage: stage.admit }, (exchange) => exchange.waitFor(wait(80)));
    },
    { admits: true },
  );
  const gateway = lineGateway([upstream.url], [doorman], { limits: { heartbeatMs: 20 } });
  assert.equal((await tell(gateway, streamed)).status, 401);
  await gateway.close();
});

test('what an observer waits for is bounded by its own time, because nothing else would end it', async () => {
  await using upstream = await fakeUpstream(good);
  const observer = plugin('observer', ({ hooks }) => {
    const at = { name: 'observer', stage: stage.observe, timeoutMs: 30 };
    hooks.afterResponse.tapPromise(at, (_, exchange) => exchange.waitFor(new Promise(() => {})));
  });
  const gateway = lineGateway([upstream.url], [observer]);
  assert.equal((await tell(gateway, streamed)).said, 'ok');
  assert.equal(gateway.failures.get('observer afterResponse.observe'), 1);
  await gateway.close();
});
