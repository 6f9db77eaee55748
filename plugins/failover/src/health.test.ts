import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { fullJitter } from './backoff.ts';
import { Breaker, type BreakerRules } from './breaker.ts';
import { Cooldowns } from './cooldowns.ts';
import { Quarantine } from './quarantine.ts';
import { RetryBudget } from './retry-budget.ts';

const rules: BreakerRules = {
  consecutive: 5,
  failureShare: 0.5,
  leastResults: 20,
  openMs: 30_000,
  maxOpenMs: 300_000,
  successes: 3,
};

test('a breaker opens after five in a row, lets one probe through, and closes after three good ones', () => {
  let now = 0;
  const breaker = new Breaker({ now: () => now, random: () => 0 });
  for (let count = 0; count < 4; count += 1) assert.equal(breaker.failed(now, rules), false);
  assert.equal(breaker.failed(now, rules), true);
  assert.equal(breaker.enter(), 'no');
  now += 30_000;
  assert.equal(breaker.enter(), 'probe');
  assert.equal(breaker.enter(), 'no');
  for (let count = 0; count < 3; count += 1) {
    breaker.leave();
    breaker.succeeded(now, rules);
  }
  assert.equal(breaker.state, 'closed');
});

test('whatever happens, an open breaker admits nobody before its time, and is never open for longer than its bound', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.constant('fail'), fc.constant('good'), fc.integer({ min: 1, max: 60_000 })), {
        maxLength: 200,
      }),
      (steps) => {
        let now = 0;
        const breaker = new Breaker({ now: () => now, random: () => 0.5 });
        for (const one of steps) {
          if (typeof one === 'number') now += one;
          else if (one === 'fail') breaker.failed(now, rules);
          else breaker.succeeded(now, rules);
          if (breaker.state === 'open') {
            assert.equal(breaker.enter(), 'no');
            assert.ok(breaker.until - now <= rules.maxOpenMs);
          }
        }
      },
    ),
  );
});

test('retries never exceed their share and their floor', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 500 }), (steps) => {
      const budget = new RetryBudget(() => 0);
      let [requests, retries] = [0, 0];
      for (const isRequest of steps) {
        if (isRequest) {
          budget.deposit();
          requests += 1;
        } else if (budget.take({ share: 0.1, perSecond: 1 })) retries += 1;
      }
      assert.ok(retries <= 0.1 * requests + 10);
    }),
  );
});

test('a wait is never longer than its bound', () => {
  fc.assert(
    fc.property(fc.nat(100), fc.double({ min: 0, max: 0.999_999, noNaN: true }), (tries, random) => {
      const wait = fullJitter(tries, { baseMs: 50, maxMs: 2000 }, () => random);
      assert.ok(wait >= 0 && wait <= 2000);
    }),
  );
});

test('of two deadlines the longer stands, and time ends both', () => {
  let now = 0;
  const cooldowns = new Cooldowns({ now: () => now, random: () => 0 });
  const bounds = { baseMs: 1000, maxMs: 60_000, honourMs: 3_600_000 };
  cooldowns.throttled('a', 0, 1000, bounds);
  now = 250;
  cooldowns.throttled('a', 250, undefined, bounds);
  assert.equal(cooldowns.until('a'), 250 + 2000);
  now = 2251;
  assert.equal(cooldowns.until('a'), undefined);
});

test('three refusals in a minute hold a credential, and one success frees it', () => {
  let now = 0;
  const quarantine = new Quarantine(() => now);
  const bounds = { after: 3, withinMs: 60_000, forMs: 300_000 };
  quarantine.refused('k', bounds);
  now = 61_000;
  quarantine.refused('k', bounds);
  quarantine.refused('k', bounds);
  assert.equal(quarantine.until('k'), undefined);
  quarantine.refused('k', bounds);
  assert.equal(quarantine.until('k'), 361_000);
  quarantine.succeeded('k');
  assert.equal(quarantine.until('k'), undefined);
});
