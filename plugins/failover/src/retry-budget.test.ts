import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { fullJitter } from './backoff.ts';
import { RetryBudget } from './retry-budget.ts';
import { Rolling } from './rolling.ts';

const rules = { share: 0.1, perSecond: 3 };

test('little traffic may retry thirty times in ten seconds, much of it a tenth more', () => {
  const clock = { now: 0 };
  const budget = new RetryBudget(() => clock.now);
  const spent = (): number => {
    let taken = 0;
    while (budget.take(rules)) taken += 1;
    return taken;
  };
  assert.equal(spent(), 30);
  for (let request = 0; request < 1000; request += 1) budget.deposit();
  assert.equal(spent(), 100);
  clock.now += 11_000;
  assert.equal(spent(), 30);
});

test('over any ten seconds retries are at most a tenth of the requests, and three a second', () => {
  const moment = fc.record({
    waitMs: fc.integer({ min: 0, max: 900 }),
    requests: fc.integer({ min: 0, max: 50 }),
    wanted: fc.integer({ min: 0, max: 60 }),
  });
  fc.assert(
    fc.property(fc.array(moment, { minLength: 1, maxLength: 100 }), (moments) => {
      const clock = { now: 5_000_000 };
      const budget = new RetryBudget(() => clock.now);
      const log: { readonly at: number; readonly requests: number; readonly retries: number }[] = [];
      for (const { waitMs, requests, wanted } of moments) {
        clock.now += waitMs;
        let retries = 0;
        for (let request = 0; request < requests; request += 1) budget.deposit();
        for (let want = 0; want < wanted; want += 1) if (budget.take(rules)) retries += 1;
        log.push({ at: clock.now, requests, retries });
      }
      for (const { at } of log) {
        // Slots are a second long: what the last nine seconds retried was granted on what ten seconds brought.
        const within = (ms: number): typeof log => log.filter((one) => one.at <= at && one.at > at - ms);
        const retried = within(9000).reduce((sum, one) => sum + one.retries, 0);
        const came = within(19_000).reduce((sum, one) => sum + one.requests, 0);
        assert.ok(retried <= came * rules.share + 30, `${retried} retries on ${came} requests`);
      }
    }),
  );
});

test('a wait is anywhere from nothing to a bound that doubles, and never above the highest', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 100 }),
      fc.double({ min: 0, max: 0.9999, noNaN: true }),
      fc.integer({ min: 1, max: 1000 }),
      (tries, dice, baseMs) => {
        const maxMs = 2000;
        const waitMs = fullJitter(tries, { baseMs, maxMs }, () => dice);
        assert.ok(waitMs >= 0 && waitMs <= Math.min(maxMs, baseMs * 2 ** Math.min(tries, 30)));
      },
    ),
  );
  assert.equal(
    fullJitter(0, { baseMs: 50, maxMs: 2000 }, () => 0),
    0,
  );
  assert.equal(
    fullJitter(2, { baseMs: 50, maxMs: 2000 }, () => 0.5),
    100,
  );
});

test('a rolling count is what came in the window, give or take a slot, and a clock that goes back does no harm', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 3000 }), { maxLength: 60 }), (waits) => {
      const clock = { now: 0 };
      const rolling = new Rolling(10_000, () => clock.now);
      const times: number[] = [];
      for (const waitMs of waits) {
        clock.now += waitMs;
        rolling.add();
        times.push(clock.now);
        const surely = times.filter((at) => at > clock.now - 9000).length;
        const atMost = times.filter((at) => at > clock.now - 10_000).length;
        assert.ok(rolling.total >= surely && rolling.total <= atMost, `${rolling.total} of ${surely} to ${atMost}`);
      }
      const before = rolling.total;
      clock.now -= 5000;
      rolling.add();
      assert.equal(rolling.total, before + 1);
    }),
  );
});
