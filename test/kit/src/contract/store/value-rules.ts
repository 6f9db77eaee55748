import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { seeded } from '../../seeded.ts';
import type { Rule } from '../rule.ts';
import { claim, longMs, text, textOf, withTrial, type StoreSubject, type Trial } from './subject.ts';

const rule = (name: string, body: (trial: Trial) => Promise<void>): Rule<StoreSubject> => ({
  name,
  check: (subject) => withTrial(subject, body),
});

const forLong = { ttlMs: longMs };
const ifAbsent = { ttlMs: longMs, ifAbsent: true } as const;

export const valueRules: readonly Rule<StoreSubject>[] = [
  rule('what is set is got byte for byte, and what was not set is not there', async ({ store }) => {
    const values: readonly (readonly [string, Uint8Array])[] = [
      ['bytes', seeded(1).bytes(10_000)],
      ['nothing', Buffer.alloc(0)],
      ['a key with spaces, Ümlaute and {braces}:*', text('x')],
    ];
    for (const [key, value] of values) assert.equal(await store.set(key, value, forLong), true, key);
    for (const [key, value] of values) {
      const got = await store.get(key);
      assert.ok(got && Buffer.from(got).equals(value), `"${key}" has another value`);
    }
    assert.equal(await store.get('byte'), undefined);
  }),
  rule('a later value takes the place of an earlier one, and with ifAbsent it does not', async ({ store }) => {
    assert.equal(await store.set('a', text('1'), ifAbsent), true);
    assert.equal(await store.set('a', text('2'), ifAbsent), false);
    assert.equal(textOf(await store.get('a')), '1');
    assert.equal(await store.set('a', text('3'), forLong), true);
    assert.equal(textOf(await store.get('a')), '3');
  }),
  rule('of twenty that set at once if nothing is there, one does', async ({ store, other = store }) => {
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, at) => (at % 2 ? store : other).set('a', text(String(at)), ifAbsent)),
    );
    assert.equal(results.filter(Boolean).length, 1);
    const winner = results.indexOf(true);
    assert.equal(textOf(await store.get('a')), String(winner));
  }),
  rule('a value dies with its time to live, and setting it anew renews that', async ({ store, windowMs, pass }) => {
    await store.set('short', text('1'), { ttlMs: windowMs });
    await store.set('renewed', text('1'), { ttlMs: windowMs });
    await store.set('renewed', text('2'), { ttlMs: windowMs * 10 });
    assert.equal(textOf(await store.get('short')), '1');
    await pass(windowMs * 1.1);
    assert.equal(await store.get('short'), undefined);
    assert.equal(textOf(await store.get('renewed')), '2');
    assert.equal(await store.set('short', text('3'), ifAbsent), true);
  }),
  rule('delete takes every key that begins so and no other, and counts them', async ({ store }) => {
    const gone = ['a*b', 'a*b:1', 'a*bc', ...Array.from({ length: 300 }, (_, at) => `a*b:many:${at}`)];
    const left = ['a', 'a*', 'aXb', 'xa*b', 'A*b'];
    for (const key of [...gone, ...left]) await store.set(key, text(key), forLong);
    assert.equal(await store.delete('a*b'), gone.length);
    assert.equal(await store.delete('a*b'), 0);
    for (const key of gone) assert.equal(await store.get(key), undefined, key);
    for (const key of left) assert.equal(textOf(await store.get(key)), key);
  }),
  rule('a value and a counter of the same name do not touch', async ({ store, take }) => {
    assert.equal(await take([claim('a', 3n, 5n)]), true);
    assert.equal(await store.get('a'), undefined);
    await store.set('a', text('x'), forLong);
    assert.equal(await take([claim('a', 3n, 5n)]), false);
    assert.equal(await take([claim('a', 2n, 5n)]), true);
    assert.equal(textOf(await store.get('a')), 'x');
  }),
  rule('who watches is told of each change below a prefix and of nothing else, until it stops', checkWatch),
  {
    name: 'another process sees the same values and counters, and is told of changes',
    check: (subject) => withTrial(subject, checkOther),
    skip: ({ shared }) => (shared === true ? undefined : "The store is one process's own."),
  },
];

/** Sets a key until the watcher is told: how soon it hears at all is not promised. */
async function listening(trial: Trial, prefix: string, told: readonly string[]): Promise<void> {
  for (let tries = 0; told.length === 0 && tries < 200; tries += 1) {
    await trial.store.set(`${prefix}ready`, text('1'), forLong);
    await wait(25);
  }
  assert.notEqual(told.length, 0, 'the watcher is never told of anything');
}

async function until(holds: () => boolean, what: string): Promise<void> {
  for (let tries = 0; !holds() && tries < 200; tries += 1) await wait(25);
  assert.ok(holds(), what);
}

async function checkWatch(trial: Trial): Promise<void> {
  const { store } = trial;
  const told: string[] = [];
  const stop = store.watch('w:', (key, value) => told.push(`${key}=${textOf(value) ?? '(gone)'}`));
  await listening(trial, 'w:', told);
  await store.set('w:a', text('1'), forLong);
  await store.set('w', text('no'), forLong);
  await store.set('x:w:a', text('no'), forLong);
  await store.set('w:a', text('no'), ifAbsent);
  await store.delete('w:a');
  await store.set('w:last', text('2'), forLong);
  await until(() => told.includes('w:last=2'), 'the watcher is not told of the last change');
  stop();
  await store.set('w:after', text('3'), forLong);
  await wait(50);
  assert.deepEqual(
    told.filter((change) => !change.startsWith('w:ready')),
    ['w:a=1', 'w:a=(gone)', 'w:last=2'],
  );
}

async function checkOther(trial: Trial): Promise<void> {
  const { store, other } = trial;
  assert.ok(other, 'A shared store is opened with the view of another process.');
  assert.equal(
    store.shared,
    true,
    'It does not say that it is shared, so limits are refused where there are several processes.',
  );
  const told: string[] = [];
  const stop = other.watch('o:', (key) => told.push(key));
  await listening(trial, 'o:', told);
  await store.set('o:a', text('1'), forLong);
  assert.equal(textOf(await other.get('o:a')), '1');
  await until(() => told.includes('o:a'), 'the other process is not told');
  stop();
  const claims = [claim('o', 3n, 5n)];
  assert.equal((await store.reserve('o-1', claims, longMs)).granted, true);
  assert.equal((await other.reserve('o-2', claims, longMs)).granted, false);
  assert.equal((await other.reserve('o-1', claims, longMs)).granted, true);
  await other.settle('o-1', [1n]);
  assert.equal((await store.reserve('o-3', claims, longMs)).granted, true);
}
