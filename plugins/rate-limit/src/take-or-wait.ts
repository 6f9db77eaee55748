import type { Exchange, Target } from '@tapgate/core';
import type { Hold, Refusal } from './hold.ts';
import type { House } from './house.ts';
import { limitReached } from './refusal.ts';

/** For whom a place is wanted. */
export interface Wanted {
  /** An attempt's target and signal. */
  readonly target?: Target;
  readonly signal?: AbortSignal;
  /** It may wait, where there is a queue. */
  readonly waits?: boolean;
}

/** When a place is free that another process holds, nobody is told: it is looked for so often, milliseconds. */
const lookMs = 250;
/** A queue that lets go without having waited must not keep the process busy. */
const maxRounds = 1000;

/** Reserves all, or waits for it in the queue, if there is one. Throws why not: `LIMIT_REACHED`, `LIMITS_UNAVAILABLE`, or the queue's own. */
export async function takeOrWait(house: House, hold: Hold, exchange: Exchange, wanted: Wanted = {}): Promise<void> {
  const { target, signal, waits = true } = wanted;
  const queue = waits ? house.gateway.service('queue') : undefined;
  const turn = signal === undefined ? {} : { signal };
  if (queue !== undefined) {
    // Who comes new stands behind those who wait.
    const line = hold.asked.find(({ claim }) => queue.waiting(claim.key) > 0);
    if (line !== undefined) {
      const reason = `others wait for the limit "${line.limit.name}"`;
      await queue.wait(exchange, { resource: line.claim.key, until: 0, reason, ...turn });
    }
  }
  for (let round = 1; ; round += 1) {
    const refusal = await hold.take();
    if (refusal === undefined) {
      house.tally.granted(hold.asked);
      return;
    }
    if (queue === undefined || round > maxRounds) {
      house.tally.refused(refusal.asked);
      throw limitReached(hold, refusal, exchange.dialect, target);
    }
    const { limit, amount, claim } = refusal.asked;
    const reason = `the limit "${limit.name}" allows ${amount.told(claim.limit)}`;
    await queue.wait(exchange, { resource: claim.key, until: untilOf(refusal), reason, ...turn });
  }
}

function untilOf({ asked, standing }: Refusal): number {
  return asked.amount.windowMs === 'concurrent' ? Date.now() + lookMs : standing.resetsAt;
}
