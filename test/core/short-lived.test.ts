import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { test } from 'node:test';
import { GCProfiler } from 'node:v8';
import { collectBytes, type LiveGateway, streamOf } from '@tapgate/core';
import { ask, lineGateway, lineProvider } from './line-gateway.ts';

const answer = Buffer.from(JSON.stringify([{ text: 'an answer' }, { usage: 3 }, { end: true }]));

/** A gateway whose provider answers a turn of the loop later, so that exchanges are open beside each other. */
function gatewayOfTurns(): LiveGateway {
  const gateway = lineGateway(['http://127.0.0.1:1']);
  const inTurn = lineProvider(gateway, 'a', 'http://127.0.0.1:1', {
    call: async ({ dialect }) => {
      await turn();
      return { status: 200, headers: new Map(), dialect, streamed: false, bytes: streamOf(answer) };
    },
  });
  gateway.providers.set('a', inTurn);
  return gateway;
}

async function exchange(gateway: LiveGateway): Promise<void> {
  const reply = await gateway.handle(ask());
  await collectBytes(reply.bytes);
}

async function exchanges(gateway: LiveGateway, count: number): Promise<void> {
  for (let done = 0; done < count; done += 20) await Promise.all(Array.from({ length: 20 }, () => exchange(gateway)));
}

// One that grows old before it is collected costs more than all of its work. Two ways to it have been seen: a Set of all that are
// open, and a function that is written where it is assigned to a property, which V8 takes for a method and makes old at once.
test('exchanges are collected young', async () => {
  const gateway = gatewayOfTurns();
  await exchanges(gateway, 2000);
  const profiler = new GCProfiler();
  profiler.start();
  const count = 10_000;
  await exchanges(gateway, count);
  let oldBytes = 0;
  let collections = 0;
  for (const { gcType, beforeGC, afterGC } of profiler.stop()?.statistics ?? []) {
    if (gcType !== 'Scavenge') continue;
    collections += 1;
    const used = (of: typeof beforeGC): number =>
      of.heapSpaceStatistics.find(({ spaceName }) => spaceName === 'old_space')?.spaceUsedSize ?? 0;
    oldBytes += used(afterGC) - used(beforeGC);
  }
  await gateway.close();
  assert.ok(collections >= 3, `${collections} collections tell nothing`);
  const each = oldBytes / count;
  assert.ok(each < 500, `${Math.round(each)} bytes of each exchange grew old`);
});
