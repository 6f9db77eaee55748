import assert from 'node:assert/strict';
import type { Test } from '@tapgate/test-kit';
import { outages } from './outage.ts';
import { simulate, simulated } from './simulation.ts';

/** Fewer than the table's 300, so that it takes seconds. */
const rate = 100;
/** The patience of the outages that need one, milliseconds. */
const patienceMs = 1000;

/** Outages under a clock of their own, the same in every run: who is served, how often the ill one is asked, when traffic is back. */
export function simulatedOutages(test: Test): void {
  for (const outage of outages(patienceMs)) {
    test(`beside a healthy provider one that ${outage.name}`, async () => {
      const { requests, failed, slow, callsToSick, recoveredMs } = await simulate(outage, rate);
      // What breaks off after its first content can be rescued only where the route lets it be resumed.
      const breaks = outage.mood(0) === 'cuts' && outage.failover?.['afterCommit'] !== 'resume';
      // What is under way until the first of them is known to have failed.
      const unknowing = (rate * (patienceMs + 200)) / 1000;
      assert.ok(failed <= (breaks ? unknowing / 2 : requests / 1000), `${failed} of ${requests} failed`);
      const waits = outage.mood(0) === 'slow' || outage.mood(0) === 'silent';
      assert.ok(slow <= (waits ? unknowing : 2 + unknowing / 2), `${slow} were slow`);
      assert.ok(callsToSick <= unknowing, `${callsToSick} calls to the ill one`);
      assert.ok(recoveredMs !== undefined && recoveredMs <= 30_000, `traffic was back after ${recoveredMs} ms`);
      assert.equal(requests, (simulated.endMs / 1000) * rate);
    });
  }
}
