import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { Breaker, type BreakerRules } from './breaker.ts';

const rules: BreakerRules = {
  consecutive: 5,
  failureShare: 0.5,
  leastResults: 20,
  openMs: 30_000,
  maxOpenMs: 300_000,
  successes: 3,
};

/** A breaker with a clock and dice of the test's own. */
function made(random = 0): { readonly breaker: Breaker; readonly clock: { now: number } } {
  const clock = { now: 1_000_000 };
  return { breaker: new Breaker({ now: () => clock.now, random: () => random }), clock };
}

function fail(breaker: Breaker, clock: { now: number }, times: number): void {
  for (let time = 0; time < times; time += 1) breaker.failed(clock.now, rules);
}

test('the fifth failure in a row opens it, the fourth does not, and a success between them begins anew', () => {
  const { breaker, clock } = made();
  fail(breaker, clock, 4);
  assert.equal(breaker.state, 'closed');
  breaker.succeeded(clock.now, rules);
  fail(breaker, clock, 4);
  assert.equal(breaker.state, 'closed');
  fail(breaker, clock, 1);
  assert.equal(breaker.state, 'open');
  assert.equal(breaker.admits, false);
  assert.match(breaker.reason, /5 failures in a row/);
});

test('answers that were under way before the failures began do not hide that it has died', () => {
  const { breaker, clock } = made();
  const before = clock.now;
  clock.now += 100;
  for (let failure = 0; failure < 5; failure += 1) {
    breaker.failed(clock.now, rules);
    clock.now += 10;
    breaker.succeeded(before, rules);
  }
  assert.equal(breaker.state, 'open');
});

test('half of twenty results within ten seconds open it, though never five in a row', () => {
  const { breaker, clock } = made();
  for (let pair = 0; pair < 10; pair += 1) {
    assert.equal(breaker.state, 'closed', String(pair));
    breaker.succeeded(clock.now, rules);
    breaker.failed(clock.now, rules);
    clock.now += 900;
  }
  assert.equal(breaker.state, 'open');
  assert.equal(breaker.openedByShare, true);
});

test('results older than ten seconds count no more', () => {
  const { breaker, clock } = made();
  for (let pair = 0; pair < 100; pair += 1) {
    breaker.succeeded(clock.now, rules);
    breaker.failed(clock.now, rules);
    clock.now += 2000;
  }
  assert.equal(breaker.state, 'closed');
});

test('after its time one probe is let through at once, and three good ones close it', () => {
  const { breaker, clock } = made();
  fail(breaker, clock, 5);
  clock.now += 29_999;
  assert.equal(breaker.enter(), 'no');
  clock.now += 1;
  for (let probe = 0; probe < 3; probe += 1) {
    assert.equal(breaker.state, 'half-open');
    assert.equal(breaker.enter(), 'probe');
    assert.equal(breaker.enter(), 'no');
    breaker.succeeded(clock.now, rules);
    breaker.leave();
  }
  assert.equal(breaker.state, 'closed');
  assert.equal(breaker.enter(), 'free');
});

test('a probe that ends without a verdict makes room for the next', () => {
  const { breaker, clock } = made();
  fail(breaker, clock, 5);
  clock.now += 30_000;
  assert.equal(breaker.enter(), 'probe');
  breaker.leave();
  assert.equal(breaker.enter(), 'probe');
});

test('a dead target is probed every thirty seconds, however long it is dead', () => {
  const { breaker, clock } = made();
  fail(breaker, clock, 5);
  for (let probe = 0; probe < 20; probe += 1) {
    clock.now = breaker.until;
    assert.equal(breaker.enter(), 'probe');
    assert.equal(breaker.failed(clock.now, rules), true);
    breaker.leave();
    assert.equal(breaker.until - clock.now, 30_000);
  }
});

test('one that closes and opens again is open longer each time, up to five minutes, and quiet times are forgotten', () => {
  const { breaker, clock } = made();
  const spans: number[] = [];
  const round = (): void => {
    fail(breaker, clock, 5);
    spans.push(breaker.until - clock.now);
    clock.now = breaker.until;
    for (let probe = 0; probe < 3; probe += 1) breaker.succeeded(clock.now, rules);
  };
  for (let times = 0; times < 12; times += 1) round();
  assert.deepEqual(spans.slice(0, 3), [30_000, 60_000, 90_000]);
  assert.equal(spans.at(-1), 300_000);
  clock.now += 300_000 * 20;
  round();
  assert.equal(spans.at(-1), 30_000);
});

test('what began before it opened, or before it closed again, says nothing of how things are now', () => {
  const { breaker, clock } = made();
  const early = clock.now;
  clock.now += 10;
  fail(breaker, clock, 5);
  breaker.succeeded(early, rules);
  assert.equal(breaker.state, 'open');
  clock.now = breaker.until;
  breaker.failed(early, rules);
  assert.equal(breaker.state, 'half-open');
  for (let probe = 0; probe < 3; probe += 1) breaker.succeeded(clock.now, rules);
  for (let late = 0; late < 9; late += 1) breaker.failed(early, rules);
  assert.equal(breaker.state, 'closed');
});

test('a request that went through all the same and succeeded half-opens it before its time', () => {
  const { breaker, clock } = made();
  fail(breaker, clock, 5);
  clock.now += 1000;
  breaker.succeeded(clock.now, rules);
  assert.equal(breaker.state, 'half-open');
  assert.equal(breaker.enter(), 'probe');
});

test('another process opens it, and the longer of two deadlines stays', () => {
  const { breaker, clock } = made();
  breaker.openUntil(clock.now + 5000, 'elsewhere');
  breaker.openUntil(clock.now + 1000, 'shorter');
  assert.equal(breaker.state, 'open');
  assert.equal(breaker.reason, 'elsewhere');
  clock.now += 5000;
  assert.equal(breaker.state, 'half-open');
});

test('whatever happens: open no longer than its bound, never more than one probe at a time, closed only by good probes', () => {
  const step = fc.oneof(
    fc.constant('fail' as const),
    fc.constant('succeed' as const),
    fc.constant('enter' as const),
    fc.constant('leave' as const),
    fc.record({ waitMs: fc.integer({ min: 1, max: 400_000 }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), fc.double({ min: 0, max: 0.999, noNaN: true }), (steps, dice) => {
      const { breaker, clock } = made(dice);
      let probes = 0;
      let good = 0;
      for (const one of steps) {
        const before = breaker.state;
        if (one === 'fail') breaker.failed(clock.now, rules);
        else if (one === 'succeed') breaker.succeeded(clock.now, rules);
        else if (one === 'enter') probes += breaker.enter() === 'probe' ? 1 : 0;
        else if (one === 'leave') {
          breaker.leave();
          probes = 0;
        } else clock.now += one.waitMs;
        const after = breaker.state;
        if (after !== before) probes = 0;
        assert.ok(probes <= 1, 'two probes at once');
        if (one === 'succeed' && before !== 'closed') good += 1;
        if (after === 'open') {
          good = 0;
          const left = breaker.until - clock.now;
          assert.ok(left > 0 && left <= rules.maxOpenMs, `open for ${left} ms`);
        }
        if (before !== 'closed' && after === 'closed') {
          assert.ok(good >= rules.successes, `closed after ${good} good ones`);
          good = 0;
        }
        if (before === 'closed' && after === 'closed') good = 0;
        assert.ok(!(before === 'closed' && after === 'half-open'), 'half-open without having been open');
      }
    }),
  );
});
