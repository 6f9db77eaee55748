import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { createClient } from '@redis/client';
import { type Claim, MemoryStore } from '@tapgate/core';
import * as fc from 'fast-check';
import { askReservation, askSettlement } from './limits.ts';
import { anyServer, ownPrefix, skipAny } from './own-server.test.ts';
import { reserveScript } from './reserve-script.ts';
import { settleScript } from './settle-script.ts';

type Step =
  | { readonly do: 'reserve'; readonly id: number; readonly claims: readonly Claim[]; readonly leaseMs: number }
  | { readonly do: 'settle'; readonly id: number; readonly spent: readonly bigint[] }
  | { readonly do: 'wait'; readonly ms: number };

/** Small ones that meet small limits, and ones around what a double counts and where one part of a number ends. */
const amount = fc.oneof(
  { weight: 3, arbitrary: fc.bigInt(0n, 8n) },
  { weight: 3, arbitrary: fc.bigInt(10n ** 15n - 3n, 10n ** 15n + 3n) },
  fc.bigInt(2n ** 53n - 2n, 2n ** 53n + 2n),
  fc.bigInt(0n, 10n ** 24n - 1n),
);
const anyLimit = fc.oneof(
  fc.bigInt(-1n, 20n),
  fc.bigInt(10n ** 15n - 3n, 4n * 10n ** 15n + 3n),
  fc.bigInt(0n, 2n ** 64n),
  fc.constant(10n ** 30n),
);
const claim: fc.Arbitrary<Claim> = fc.record({
  key: fc.constantFrom('a', 'b'),
  amount,
  limit: anyLimit,
  windowMs: fc.constantFrom<Claim['windowMs'][]>(3, 5, 30, 64, 'concurrent', 'concurrent'),
});
const id = fc.nat(12);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('reserve' as const),
      id,
      claims: fc.array(claim, { maxLength: 3 }),
      leaseMs: fc.constantFrom(1, 8, 30, 10_000),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('settle' as const), id, spent: fc.array(amount, { maxLength: 3 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 12 }) }) },
);

/**
 * The store of core, given the server's time at each step, is the model: both must say the same to the last unit and millisecond,
 * whatever is reserved, settled and forgotten in whatever order.
 */
test('the server counts as the store in memory does', { skip: skipAny }, async () => {
  await using server = await anyServer();
  const client = await createClient({ url: server.url }).connect();
  const run = (source: string, keys: readonly string[], args: readonly string[]): Promise<unknown> =>
    client.sendCommand(['EVAL', source, String(keys.length), ...keys, ...args]);

  async function walk(steps: readonly Step[]): Promise<void> {
    const prefix = ownPrefix();
    let now = 0;
    const memory = new MemoryStore({ now: () => now });
    const asked = new Map<number, readonly Claim[]>();
    for (const [at, one] of steps.entries()) {
      if (one.do === 'wait') await wait(one.ms);
      else if (one.do === 'settle') {
        const { keys, args } = askSettlement(prefix, String(one.id), one.spent, false);
        now = Number(await run(settleScript.source, keys, args));
        await memory.settle(String(one.id), one.spent);
      } else {
        // Whoever asks again under the same id asks for the same.
        const claims = asked.get(one.id) ?? one.claims;
        asked.set(one.id, claims);
        const { keys, args } = askReservation(prefix, String(one.id), claims, one.leaseMs);
        const answer = (await run(reserveScript.source, keys, args)) as (string | number)[];
        now = Number(answer[0]);
        const found = {
          granted: answer[1] === 1,
          claims: claims.map(({ limit }, index) => {
            const left = limit - BigInt(answer[2 + 2 * index] ?? 0);
            return { remaining: left < 0n ? 0n : left, resetsAt: Number(answer[3 + 2 * index]) };
          }),
        };
        assert.deepEqual(found, await memory.reserve(String(one.id), claims, one.leaseMs), `step ${at}`);
      }
    }
  }
  try {
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 60, size: 'max' }), walk), {
      numRuns: 60,
      endOnFailure: true,
    });
  } finally {
    client.destroy();
  }
});
