import assert from 'node:assert/strict';
import type { Rule } from '../rule.ts';
import { claim, longMs, withTrial, type StoreSubject, type Trial } from './subject.ts';

const rule = (name: string, body: (trial: Trial) => Promise<void>): Rule<StoreSubject> => ({
  name,
  check: (subject) => withTrial(subject, body),
});

/** Asserts that so much of a counter is left, and takes it. */
async function takeAll(
  { take }: Trial,
  left: bigint,
  key = 'a',
  limit = 10n,
  windowMs?: number | 'concurrent',
): Promise<void> {
  assert.equal(await take([claim(key, left + 1n, limit, windowMs)]), false, `more than ${left} of "${key}" is left`);
  if (left > 0n)
    assert.equal(await take([claim(key, left, limit, windowMs)]), true, `less than ${left} of "${key}" is left`);
}

export const limitRules: readonly Rule<StoreSubject>[] = [
  rule('what fits is granted, and the answer says what remains and when it resets', checkStanding),
  rule('all claims of a reservation are granted, or none of them counts', async (trial) => {
    const { take } = trial;
    assert.equal(await take([claim('b', 5n, 5n)]), true);
    assert.equal(await take([claim('a', 4n, 10n), claim('b', 1n, 5n), claim('c', 1n, 10n, 'concurrent')]), false);
    await takeAll(trial, 10n);
    await takeAll(trial, 10n, 'c', 10n, 'concurrent');
    assert.equal(await take([]), true);
  }),
  rule('the same id again answers as it did, and counts once', async (trial) => {
    const { store } = trial;
    const claims = [claim('a', 4n, 10n), claim('c', 4n, 10n, 'concurrent')];
    const first = await store.reserve('same', claims, longMs);
    const again = await Promise.all([1, 2, 3].map(() => store.reserve('same', claims, longMs)));
    for (const { granted } of [first, ...again]) assert.equal(granted, true);
    await takeAll(trial, 6n);
    await takeAll(trial, 6n, 'c', 10n, 'concurrent');
  }),
  rule('what was spent takes the place of what was reserved, less or more, claim by claim', async (trial) => {
    const { store, take } = trial;
    assert.equal(await take([claim('a', 6n, 10n), claim('b', 6n, 10n)], 'one'), true);
    await store.settle('one', [1n, 8n]);
    assert.equal(await take([claim('z', 6n, 10n)], 'two'), true);
    await store.settle('two', [12n]);
    await takeAll(trial, 9n);
    await takeAll(trial, 2n, 'b');
    assert.equal(await take([claim('z', 1n, 10n)]), false, 'more was spent than the limit, and there is still room');
    await store.settle('nobody', [1n]);
  }),
  rule('a reservation settles once, whatever is called again, later or at once', async (trial) => {
    const { store, take } = trial;
    const claims = [claim('a', 6n, 10n), claim('c', 6n, 10n, 'concurrent')];
    assert.equal(await take(claims, 'one'), true);
    await Promise.all([1, 2, 3].map(() => store.settle('one', [2n, 0n])));
    await store.settle('one', [9n, 9n]);
    await takeAll(trial, 8n);
    await takeAll(trial, 10n, 'c', 10n, 'concurrent');
  }),
  rule('what was spent leaves its window as that slides, and no sooner', async (trial) => {
    const { take, pass, windowMs, slackMs } = trial;
    const of = (amount: bigint): readonly ReturnType<typeof claim>[] => [claim('a', amount, 10n, windowMs)];
    assert.equal(await take(of(6n)), true);
    await pass(windowMs / 2);
    assert.equal(await take(of(5n)), false);
    assert.equal(await take(of(4n)), true);
    await pass(windowMs / 2 + slackMs);
    await takeAll(trial, 6n, 'a', 10n, windowMs);
    await pass(windowMs + slackMs);
    await takeAll(trial, 10n, 'a', 10n, windowMs);
  }),
  rule('what is concurrent is held until it is settled, whatever was spent', async (trial) => {
    const { store, take, pass, windowMs } = trial;
    assert.equal(await take([claim('a', 6n, 10n, 'concurrent')], 'one'), true);
    assert.equal(await take([claim('a', 4n, 10n, 'concurrent')], 'two'), true);
    await pass(windowMs / 4);
    assert.equal(await take([claim('a', 1n, 10n, 'concurrent')]), false);
    await store.settle('one', [99n]);
    await takeAll(trial, 6n, 'a', 10n, 'concurrent');
  }),
  rule('at the end of a lease what is concurrent comes back, and what is in a window stays spent', async (trial) => {
    const { take, pass, windowMs, slackMs } = trial;
    const claims = [claim('a', 6n, 10n), claim('c', 6n, 10n, 'concurrent')];
    assert.equal(await take(claims, 'lost', windowMs), true);
    assert.equal(await take([claim('c', 5n, 10n, 'concurrent')]), false);
    await pass(windowMs + slackMs);
    await takeAll(trial, 4n);
    await takeAll(trial, 10n, 'c', 10n, 'concurrent');
  }),
  rule('a reservation that is settled after the end of its lease stays as its end left it', async (trial) => {
    const { store, take, pass, windowMs, slackMs } = trial;
    const claims = [claim('a', 6n, 10n), claim('c', 6n, 10n, 'concurrent')];
    assert.equal(await take(claims, 'late', windowMs), true);
    await pass(windowMs + slackMs);
    await store.settle('late', [0n, 0n]);
    await takeAll(trial, 4n);
    await takeAll(trial, 10n, 'c', 10n, 'concurrent');
  }),
  rule('of twenty that reserve at once below a limit of ten, ten are granted', async ({ store, other = store }) => {
    for (const windowMs of [longMs, 'concurrent'] as const) {
      const all = Array.from({ length: 20 }, (_, at) =>
        (at % 2 ? store : other).reserve(`at-once-${windowMs}-${at}`, [claim('a', 1n, 10n, windowMs)], longMs),
      );
      const granted = (await Promise.all(all)).filter((answer) => answer.granted);
      assert.equal(granted.length, 10, String(windowMs));
    }
  }),
  rule(
    'an amount below zero, or too large to be counted, is refused by a RangeError and counts nothing',
    async (trial) => {
      const { store, take } = trial;
      for (const amount of [-1n, 10n ** 24n]) {
        await assert.rejects(
          store.reserve('odd', [claim('b', 1n, 10n), claim('a', amount, 10n ** 30n)], longMs),
          RangeError,
        );
        assert.equal(await take([claim('a', 2n, 10n)], `plain${amount}`), true);
        await assert.rejects(store.settle(`plain${amount}`, [amount]), RangeError);
      }
      await takeAll(trial, 6n);
      await takeAll(trial, 10n, 'b');
    },
  ),
  rule('amounts beyond what a double counts are exact', async (trial) => {
    const limit = 2n ** 63n - 1n;
    assert.equal(await trial.take([claim('a', limit - 2n, limit)], 'one'), true);
    await takeAll(trial, 2n, 'a', limit);
    assert.equal(await trial.take([claim('b', 2n ** 53n + 1n, limit)], 'two'), true);
    await trial.store.settle('two', [2n ** 53n + 3n]);
    await takeAll(trial, limit - 2n ** 53n - 3n, 'b', limit);
  }),
];

async function checkStanding({ store, now, windowMs, slackMs }: Trial): Promise<void> {
  const claims = [claim('a', 4n, 10n, windowMs), claim('c', 4n, 10n, 'concurrent')];
  const before = now();
  const first = await store.reserve('one', claims, longMs);
  assert.equal(first.granted, true);
  assert.deepEqual(
    first.claims.map(({ remaining }) => remaining),
    [6n, 6n],
  );
  const second = await store.reserve('two', [claim('a', 7n, 10n, windowMs)], longMs);
  const after = now();
  assert.equal(second.granted, false);
  const [standing] = second.claims;
  assert.equal(standing?.remaining, 6n);
  for (const { resetsAt } of [first.claims[0], standing].filter((one) => one !== undefined)) {
    // A millisecond either way is rounding.
    assert.ok(resetsAt >= before + windowMs - 1, `resets at ${resetsAt}, before ${before + windowMs}`);
    assert.ok(resetsAt <= after + windowMs + slackMs + 1, `resets at ${resetsAt}, after ${after + windowMs + slackMs}`);
  }
}
