import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { Cooldowns } from './cooldowns.ts';
import { Quarantine } from './quarantine.ts';

const rules = { baseMs: 1000, maxMs: 60_000, honourMs: 3_600_000 };

function made(random = 0): { readonly cooldowns: Cooldowns; readonly clock: { now: number } } {
  const clock = { now: 1_000_000 };
  return { cooldowns: new Cooldowns({ now: () => clock.now, random: () => random }), clock };
}

test('it cools as long as it asks to, and not longer than is honoured', () => {
  const { cooldowns, clock } = made();
  cooldowns.throttled('a', clock.now, 20_000, rules);
  clock.now += 19_999;
  assert.ok(cooldowns.until('a') !== undefined);
  clock.now += 1;
  assert.equal(cooldowns.until('a'), undefined);
  assert.equal(cooldowns.throttled('b', clock.now, 7 * 24 * 3_600_000, rules) - clock.now, 3_600_000);
});

test('without a word on how long it doubles from a second to a minute, and a success begins anew', () => {
  const { cooldowns, clock } = made();
  const spans: number[] = [];
  const strike = (): void => {
    const until = cooldowns.throttled('a', clock.now, undefined, rules);
    spans.push(until - clock.now);
    clock.now = until;
  };
  for (let times = 0; times < 9; times += 1) strike();
  assert.deepEqual(spans, [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000]);
  cooldowns.succeeded('a');
  strike();
  assert.equal(spans.at(-1), 1000);
});

test('a second refusal extends the first, and the longer deadline wins', () => {
  const { cooldowns, clock } = made();
  cooldowns.throttled('a', clock.now, 1000, rules);
  clock.now += 250;
  const until = cooldowns.throttled('a', clock.now, undefined, rules);
  assert.ok(until > 1_000_000 + 1000);
  assert.equal(cooldowns.throttled('a', clock.now, 10, rules), until);
});

test('fifty that were under way together count as one time', () => {
  const { cooldowns, clock } = made();
  const startedAt = clock.now;
  clock.now += 100;
  let until = 0;
  for (let request = 0; request < 50; request += 1) until = cooldowns.throttled('a', startedAt, undefined, rules);
  assert.equal(until - clock.now, 1000);
});

test('no deadline is ever brought nearer, and none is further than is honoured', () => {
  const strike = fc.record({
    waitMs: fc.integer({ min: 0, max: 70_000 }),
    retryAfterMs: fc.option(fc.integer({ min: 0, max: 10_000_000 }), { nil: undefined }),
    dice: fc.double({ min: 0, max: 0.999, noNaN: true }),
  });
  fc.assert(
    fc.property(fc.array(strike, { maxLength: 50 }), (strikes) => {
      const clock = { now: 0, dice: 0 };
      const cooldowns = new Cooldowns({ now: () => clock.now, random: () => clock.dice });
      let last = 0;
      for (const { waitMs, retryAfterMs, dice } of strikes) {
        clock.now += waitMs;
        clock.dice = dice;
        const until = cooldowns.throttled('a', clock.now, retryAfterMs, rules);
        assert.ok(until >= last);
        assert.ok(until >= clock.now + Math.min(retryAfterMs ?? rules.baseMs, rules.honourMs));
        assert.ok(until <= Math.max(last, clock.now + rules.honourMs * 1.1));
        last = until;
      }
    }),
  );
});

test('the third refusal within a minute quarantines a credential, and a success between them begins anew', () => {
  const clock = { now: 1_000_000 };
  const quarantine = new Quarantine(() => clock.now);
  const quarantineRules = { after: 3, withinMs: 60_000, forMs: 300_000 };
  const refuse = (): number | undefined => quarantine.refused('p#k', quarantineRules);
  refuse();
  clock.now += 40_000;
  refuse();
  clock.now += 40_000;
  assert.equal(refuse(), undefined, 'the first was more than a minute ago');
  quarantine.succeeded('p#k');
  refuse();
  refuse();
  assert.equal(refuse(), clock.now + 300_000);
  assert.equal(refuse(), undefined, 'it is held already');
  clock.now += 300_000;
  assert.equal(quarantine.until('p#k'), undefined);
  refuse();
  assert.equal(quarantine.until('p#k'), undefined, 'one more refusal is not three');
});
