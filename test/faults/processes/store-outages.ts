import assert from 'node:assert/strict';
import type { Test } from '@tapgate/test-kit';
import { backAfterMs, playStoreOutage } from './store-outage.ts';

/** How soon everything is as before, whatever the machine is busy with, milliseconds. */
const soonMs = 5000;

/** A store that is frozen and killed under load: limits close, or open where they say so, and all is well again by itself. */
export function storeOutages(test: Test): void {
  // B-06, B-07, B-09, A-03
  test('a store that is frozen, and one that is killed, under load: hard limits close, soft ones open, and nothing is restarted', async () => {
    // A machine that is busy with other tests does not always give a server its turn within the 50 ms of the default.
    const env = { TIMEOUT_MS: '400' };
    const { samples, ended, said } = await playStoreOutage({ rate: 20, phaseMs: soonMs + 1000, env });
    assert.equal(ended, 0);
    const of = (phase: string, model: string, from = 0): number[] => [
      ...new Set(
        samples
          .filter((one) => one.phase === phase && one.model === model && one.atMs >= from)
          .map(({ status }) => status),
      ),
    ];
    for (const phase of ['well', 'frozen', 'well again', 'killed', 'there again'])
      for (const model of ['soft', 'free']) assert.deepEqual(of(phase, model), [200], `${model} while it is ${phase}`);
    for (const phase of ['frozen', 'killed'])
      assert.deepEqual(of(phase, 'hard', 500), [503], `hard while it is ${phase}`);
    assert.deepEqual(of('well', 'hard'), [200]);
    for (const phase of ['well again', 'there again'] as const) {
      const back = backAfterMs(samples, phase, 'hard');
      assert.ok(back < soonMs, `served again after ${Math.round(back)} ms`);
    }
    // Not a line for each request.
    assert.ok(said.length < 60, said.join('\n'));
  });
}
