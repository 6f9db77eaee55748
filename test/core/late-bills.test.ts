import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import {
  type AttemptRecord,
  type ChatEvent,
  collectBytes,
  noUsage,
  type Plugin,
  type Provider,
  type Settlement,
  stage,
} from '@tapgate/core';
import { ask, lineGateway, plugin, tell } from './line-gateway.ts';

/** An answer in events, with what the vendor says it costs, if it says so. */
function answer(billedNanos?: bigint): readonly ChatEvent[] {
  const usage = { ...noUsage, output: 2, ...(billedNanos !== undefined && { billedNanos }) };
  return [
    { type: 'start', model: 'm-1', madeBy: 'somebody' },
    { type: 'part-start', part: 't', choice: 0, kind: 'text' },
    { type: 'part-delta', part: 't', text: 'Hi' },
    { type: 'part-end', part: 't' },
    { type: 'usage', usage },
    { type: 'finish', choice: 0, reason: 'stop' },
  ];
}

/** A provider that sends bills, by the name `biller`. */
function biller(events: readonly ChatEvent[], bill: NonNullable<Provider['bill']>): Plugin {
  return plugin('biller', (gateway) => {
    gateway.provider({
      name: 'biller',
      dialects: [],
      credentials: [],
      capabilities: () => ({}),
      call: async () => ({ events }),
      bill,
    });
    // A wrap must not lose the bill.
    gateway.wrap({ name: 'biller', stage: stage.observe }, (provider) => ({ ...provider }));
  });
}

const toBiller = ask({ model: 'biller/m', stream: true });

test('a bill that comes after the answer is the cost that everybody is told', async () => {
  const asked: AttemptRecord[] = [];
  let told: Settlement | undefined;
  let cameAt = 0;
  const watch = plugin('watch', (gateway) => {
    gateway.hooks.afterResponse.tap({ name: 'watch', stage: stage.settle }, (settlement) => {
      told = settlement;
    });
  });
  const bill = async (record: AttemptRecord): Promise<bigint> => {
    asked.push(record);
    await wait(20);
    cameAt = Date.now();
    return 1_234n;
  };
  const gateway = lineGateway([], [biller(answer(), bill), watch]);
  const { settlement } = await tell(gateway, toBiller);
  assert.equal(settlement.costNanos, 1_234n);
  assert.equal(settlement.usage.billedNanos, 1_234n);
  assert.equal(told?.costNanos, 1_234n);
  assert.deepEqual([asked.length, asked[0]?.result, asked[0]?.providerAnswered], [1, 'won', 'somebody']);
  // What was waited for the bill is not the client's time.
  assert.ok(settlement.endedAt < cameAt);
  await gateway.close();
});

test('a bill is asked for where nobody counted too', async () => {
  const uncounted: readonly ChatEvent[] = [{ type: 'start' }, { type: 'finish', choice: 0, reason: 'stop' }];
  const gateway = lineGateway([], [biller(uncounted, async () => 5n)]);
  const { settlement } = await tell(gateway, toBiller);
  assert.equal(settlement.costNanos, 5n);
  await gateway.close();
});

test('an answer that names its price is billed by that, and nobody is asked', async () => {
  let asked = 0;
  const bill = async (): Promise<bigint> => BigInt((asked += 1));
  const gateway = lineGateway([], [biller(answer(77n), bill)]);
  const { settlement } = await tell(gateway, toBiller);
  assert.deepEqual([settlement.costNanos, asked], [77n, 0]);
  await gateway.close();
});

test('a bill that fails, or that says nothing, leaves the cost unknown and the exchange settled', async () => {
  for (const bill of [
    async (): Promise<bigint> => Promise.reject(new Error('no bill')),
    async (): Promise<undefined> => undefined,
    (): undefined => undefined,
  ]) {
    const gateway = lineGateway([], [biller(answer(), bill)]);
    const { settlement } = await tell(gateway, toBiller);
    assert.deepEqual([settlement.outcome, settlement.costNanos], ['ok', null]);
    await gateway.close();
  }
});

test('a provider that throws in place of a bill does not keep its exchange from being settled', async () => {
  const gateway = lineGateway(
    [],
    [
      biller(answer(), () => {
        throw new Error('broken');
      }),
    ],
  );
  const { settlement } = await tell(gateway, toBiller);
  assert.deepEqual([settlement.outcome, settlement.costNanos], ['ok', null]);
  await gateway.close();
});

test('a gateway that closes waits for a bill no longer than it drains, and settles before its plugins close', async () => {
  const order: string[] = [];
  const watch = plugin('watch', (gateway) => {
    gateway.hooks.afterResponse.tap({ name: 'watch', stage: stage.settle }, () => {
      order.push('settled');
    });
    return {
      close: () => {
        order.push('closed');
      },
    };
  });
  const never = new Promise<undefined>(() => {});
  const gateway = lineGateway([], [biller(answer(), () => never), watch], { server: { drainMs: 30 } });
  const reply = await gateway.handle(toBiller);
  await collectBytes(reply.bytes);
  await gateway.close();
  assert.equal((await reply.settled).costNanos, null);
  assert.deepEqual(order, ['settled', 'closed']);
});
