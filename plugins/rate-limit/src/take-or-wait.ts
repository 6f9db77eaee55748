import type { Exchange, GatewayError, Queue, Target } from '@tapgate/core';
import type { Asked } from './asked.ts';
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

/**
 * Reserves all, at once where the store answers at once; or waits for it in the queue, if there is one.
 * Throws why not: `LIMIT_REACHED`, `LIMITS_UNAVAILABLE`, or the queue's own.
 */
export function takeOrWait(
  house: House,
  hold: Hold,
  exchange: Exchange,
  wanted: Wanted = {},
): Promise<void> | undefined {
  const queue = wanted.waits === false ? undefined : house.gateway.service('queue');
  // Who comes new stands behind those who wait.
  const behind = queue === undefined ? undefined : hold.asked.find(({ claim }) => queue.waiting(claim.key) > 0);
  const taken = behind === undefined ? hold.takeNow() : 'later';
  if (taken === 'granted') {
    house.tally.granted(hold.asked);
    return undefined;
  }
  if (taken !== 'later' && queue === undefined) throw refused(house, hold, taken, exchange, wanted);
  return takeLater(house, hold, exchange, wanted, { queue, behind, refusal: taken === 'later' ? undefined : taken });
}

/** `behind`: others wait already. `refusal`: it was tried in vain. */
async function takeLater(
  house: House,
  hold: Hold,
  exchange: Exchange,
  wanted: Wanted,
  {
    queue,
    behind,
    refusal,
  }: { readonly queue: Queue | undefined; readonly behind: Asked | undefined; readonly refusal: Refusal | undefined },
): Promise<void> {
  const turn = wanted.signal === undefined ? {} : { signal: wanted.signal };
  if (behind !== undefined) {
    const reason = `others wait for the limit "${behind.limit.name}"`;
    await queue?.wait(exchange, { resource: behind.claim.key, until: 0, reason, ...turn });
  }
  let taken = refusal ?? (await hold.take());
  for (let round = 1; taken !== 'granted'; round += 1) {
    if (queue === undefined || round > maxRounds) throw refused(house, hold, taken, exchange, wanted);
    const { limit, amount, claim } = taken.asked;
    const reason = `the limit "${limit.name}" allows ${amount.told(claim.limit)}`;
    await queue.wait(exchange, { resource: claim.key, until: untilOf(taken), reason, ...turn });
    taken = await hold.take();
  }
  house.tally.granted(hold.asked);
}

function refused(house: House, hold: Hold, refusal: Refusal, exchange: Exchange, { target }: Wanted): GatewayError {
  house.tally.refused(refusal.asked);
  return limitReached(hold, refusal, exchange.dialect, target);
}

function untilOf({ asked, standing }: Refusal): number {
  return asked.amount.windowMs === 'concurrent' ? Date.now() + lookMs : standing.resetsAt;
}
