import type { Exchange, Target } from '@tapgate/core';
import type { Hold } from './hold.ts';
import type { House } from './house.ts';

/** Counts for a shadow limit: what it would have refused is noted, and nothing else follows, whatever the store does. */
export async function look(house: House, hold: Hold, exchange: Exchange, target?: Target): Promise<void> {
  const taken = await hold.take().catch(() => undefined);
  if (taken === undefined) return;
  if (taken === 'granted') {
    house.tally.granted(hold.asked);
    return;
  }
  const { limit, amount, claim } = taken.asked;
  house.tally.refused(taken.asked);
  exchange.note(`shadow: the limit "${limit.name}" would refuse: ${amount.told(claim.limit)}`, target);
}
