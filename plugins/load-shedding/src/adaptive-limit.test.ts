import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { AdaptiveLimit, type End, type Running } from './adaptive-limit.ts';
import { FirstTokens } from './first-tokens.ts';

const rules = { initial: 20, least: 2, most: 512 };

type Step =
  | { readonly does: 'begin'; readonly promptBytes: number; readonly streamed: boolean }
  | { readonly does: 'first'; readonly which: number }
  | { readonly does: 'end'; readonly which: number; readonly how: End }
  | { readonly does: 'pass'; readonly ms: number };

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    fc.record({
      does: fc.constant('begin' as const),
      promptBytes: fc.constantFrom(0, 10, 5000, 1e9),
      streamed: fc.boolean(),
    }),
    fc.record({ does: fc.constant('first' as const), which: fc.nat(50) }),
    fc.record({
      does: fc.constant('end' as const),
      which: fc.nat(50),
      how: fc.constantFrom<End>('overload', 'whole', 'left', 'nothing'),
    }),
    // A clock that goes back, too.
    fc.record({ does: fc.constant('pass' as const), ms: fc.integer({ min: -1000, max: 20_000 }) }),
  ),
  { maxLength: 300 },
);

test('whatever happens the limit stays within its bounds, and what is under way is what began and has not ended', () => {
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 50 }), (all, initial) => {
      const limit = new AdaptiveLimit({ initial, least: 3, most: 40 });
      let now = 1_700_000_000_000;
      const running: Running[] = [];
      for (const step of all) {
        if (step.does === 'begin') running.push(limit.begin(now, step.promptBytes, step.streamed));
        else if (step.does === 'pass') now += step.ms;
        else {
          const one = running[step.which % Math.max(1, running.length)];
          if (one === undefined) continue;
          if (step.does === 'first') limit.first(one, now);
          else {
            running.splice(running.indexOf(one), 1);
            limit.end(one, step.how, now);
          }
        }
        assert.ok(limit.limit >= 3 && limit.limit <= 40, String(limit.limit));
        assert.equal(limit.inFlight, running.length);
        assert.equal(limit.admits(1), running.length < limit.limit);
      }
    }),
  );
});

test('a sign of overload counts once for all that were under way together', () => {
  const limit = new AdaptiveLimit(rules);
  const together = [limit.begin(1000, 0, true), limit.begin(1001, 0, true), limit.begin(1002, 0, true)];
  for (const one of together) limit.end(one, 'overload', 1100);
  assert.equal(limit.limit, 18);
  limit.end(limit.begin(1200, 0, true), 'overload', 1300);
  assert.equal(Math.round(limit.limit * 10), 162);
});

test('other bounds hold from the reload on, and what is under way is not forgotten', () => {
  const limit = new AdaptiveLimit(rules);
  const one = limit.begin(0, 0, true);
  limit.rules = { initial: 1, least: 1, most: 5 };
  assert.equal(limit.limit, 5);
  assert.equal(limit.inFlight, 1);
  limit.end(one, 'nothing', 10);
  assert.equal(limit.inFlight, 0);
});

test('prompts are compared with others of their length', () => {
  const tokens = new FirstTokens();
  const token = (promptBytes: number, tookMs: number) => ({ promptBytes, tookMs, others: 0, heard: true });
  const usual = [token(500, 200), token(500, 210), token(400_000, 4000), token(400_000, 4100)];
  for (const one of usual) tokens.meet(one);
  for (let window = 0; window < 5; window += 1) tokens.slowness(usual, window * 500);
  // Now the long ones come alone: they are as slow as they always were.
  const slowness = tokens.slowness([token(400_000, 4100), token(400_000, 4200)], 5000);
  assert.ok(slowness < 1.2, String(slowness));
  assert.ok(tokens.slowness([token(500, 1000), token(500, 1050)], 6000) > 4);
});

test('the quick are heard first: who began with them and still waits makes the limit smaller as well', () => {
  const limitAfter = (waiting: number): number => {
    const limit = new AdaptiveLimit(rules);
    // What is usual: two hundred milliseconds, with one at a time.
    for (let at = 0; at < 20; at += 1) {
      const one = limit.begin(at * 300, 0, true);
      limit.first(one, at * 300 + 200);
      limit.end(one, 'nothing', at * 300 + 210);
    }
    const quick = Array.from({ length: 6 }, () => limit.begin(10_000, 0, true));
    for (let at = 0; at < waiting; at += 1) limit.begin(10_000, 0, true);
    // The window closes with the first that comes half a second after the first of all.
    for (const one of quick.slice(0, 5)) limit.first(one, 10_200);
    for (const one of quick.slice(5)) limit.first(one, 10_710);
    return limit.limit;
  };
  assert.ok(limitAfter(0) >= 20, String(limitAfter(0)));
  assert.ok(limitAfter(13) < 20, String(limitAfter(13)));
});
