import assert from 'node:assert/strict';
import { createFailover } from '@tapgate/failover';
import { ask, type Test } from '@tapgate/test-kit';
import { setTimeout as wait } from 'node:timers/promises';
import type { Behaviour } from './behaviour.ts';
import { setUp } from './stage.ts';
import { tongues } from './tongues.ts';

/** A bound for a hang: the promise is 200 ms, and a busy machine may take its time. */
const leftWithinMs = 3000;

/** When a client leaves, what its upstream is doing then, and whether the upstream is still there to be told. */
const moments: readonly (readonly [when: string, streamed: boolean, does: Behaviour, isAsking: boolean])[] = [
  ['before the first byte of a stream', true, 'silent', true],
  ['before the first byte of a whole answer', false, 'silent', true],
  ['in the middle of a stream', true, { stall: 'half' }, true],
  ['in the middle of a whole answer', false, { stall: 'half' }, true],
  ['while it is waited before trying again', true, { status: 500 }, false],
];

/** Who has left pays for nothing more: the upstream is left too, and nobody else is asked. */
export function clientsThatLeave(test: Test): void {
  for (const tongue of tongues) {
    for (const [when, streamed, does, isAsking] of moments) {
      test(`a client that leaves ${when} ends everything (${tongue.dialect})`, async () => {
        // A wait that ends after the test, so that nobody is asked again by chance.
        const patient = createFailover({ now: Date.now, random: () => 0.999 });
        const retry = { baseMs: 5000, maxMs: 5000 };
        const upstreams = { a: [does], b: ['good'] } as const;
        await using stage = await setUp(
          { upstreams: isAsking ? upstreams : { a: [does] }, failover: { retry } },
          tongue.dialect,
          'native',
          patient,
        );
        const leaving = new AbortController();
        const { path, body } = tongue.question(streamed);
        const asked = ask(stage.served.url + path, { body, signal: leaving.signal });
        const request = await stage.upstreams.get('a')?.request(0);
        assert.ok(request !== undefined);
        await wait(60);
        leaving.abort();
        await asked;
        for (let waited = 0; stage.served.settled.length === 0 && waited < leftWithinMs; waited += 10) await wait(10);
        if (isAsking) {
          const left = await Promise.race([request.closed.then(() => true), wait(leftWithinMs, false, { ref: false })]);
          assert.ok(left, 'the upstream is still asked');
        }
        assert.deepEqual(
          stage.served.settled.map(({ settlement }) => settlement.outcome),
          ['client-left'],
        );
        await wait(30);
        const calls = [...stage.upstreams.values()].map((upstream) => upstream.requests.length);
        assert.equal(
          calls.reduce((sum, count) => sum + count, 0),
          1,
          'somebody was asked for nobody',
        );
      });
    }
  }
}
