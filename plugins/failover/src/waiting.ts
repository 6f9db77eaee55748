import { type Exchange, nameOf, type Queue, type Target } from '@tapgate/core';

/** A queue bounds its waits; this ends it with one that lets go at once, again and again. */
const maxRounds = 200;

/** Nobody may be asked: why, and until when at the soonest, milliseconds since 1970. */
export interface Nobody {
  readonly error: Error;
  readonly until: number;
}

/** Waits in the queue until somebody may be asked. False where that is of no use, or would take too long. */
export async function waitedFor(
  queue: Queue,
  exchange: Exchange,
  targets: readonly Target[],
  nobody: () => Nobody | undefined,
): Promise<boolean> {
  const resource = `failover:${targets.map(nameOf).join(' ')}`;
  for (let round = 0; round < maxRounds; round += 1) {
    const none = nobody();
    if (none === undefined) return true;
    const { until, error } = none;
    try {
      await queue.wait(exchange, { resource, until, reason: error.message });
    } catch (refused) {
      exchange.note(`it does not wait: ${refused instanceof Error ? refused.message : String(refused)}`);
      return false;
    }
  }
  return false;
}
