import assert from 'node:assert/strict';
import type { Test } from '@tapgate/test-kit';
import { capacity, type Guard, playCrowds } from './overload.ts';

const guards: readonly Guard[] = ['load-shedding', 'load-shedding and queue'];

/** Five times as much as the upstream can do, for real: what is answered in time stays near what it can do. */
export function overload(test: Test): void {
  for (const guard of guards) {
    test(`R-03, row 37: at five times the capacity goodput stays above 90 % of its peak (${guard})`, async () => {
      const [peak, five, after] = await playCrowds(guard, [
        [1, 10],
        [5, 15],
        [0.5, 8],
      ]);
      assert.ok(peak !== undefined && five !== undefined && after !== undefined);
      assert.ok(five.goodput >= 0.9 * peak.goodput, `${five.goodput} of ${peak.goodput} a second`);
      assert.ok(five.left <= five.requests * 0.02, `${five.left} of ${five.requests} were let in and waited in vain`);
      assert.ok(after.goodput >= 0.9 * 0.5 * capacity, `${after.goodput} a second when it was over`);
    });
  }
}
