import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { Line, type Standing } from './line.ts';

interface One extends Standing {
  readonly number: number;
}

/** Somebody comes under a key, somebody leaves, or the next has its turn. */
type Step =
  | { readonly does: 'come'; readonly key: string; readonly rank: number }
  | { readonly does: 'leave'; readonly which: number }
  | { readonly does: 'turn' };

const steps = (keys: readonly string[], ranks: readonly number[]): fc.Arbitrary<readonly Step[]> =>
  fc.array(
    fc.oneof(
      fc.record({ does: fc.constant('come' as const), key: fc.constantFrom(...keys), rank: fc.constantFrom(...ranks) }),
      fc.record({ does: fc.constant('leave' as const), which: fc.nat(100) }),
      fc.record({ does: fc.constant('turn' as const) }),
    ),
    { maxLength: 200 },
  );

const weights: Readonly<Record<string, number>> = { light: 0.5, heavy: 2 };

/** Plays steps; tells of each turn whose it was and who waited then, the one among them, and after each step who waits. */
function play(
  all: readonly Step[],
  turn: (taken: One, waited: readonly One[]) => void,
  stepped: (standing: readonly One[]) => void = () => {},
): Line<One> {
  const line = new Line<One>();
  let standing: One[] = [];
  for (const [number, step] of all.entries()) {
    if (step.does === 'come') {
      const one = { key: step.key, rank: step.rank, weight: weights[step.key] ?? 1, number };
      standing.push(one);
      line.add(one);
    } else if (step.does === 'leave') {
      const one = standing[step.which % Math.max(1, standing.length)];
      if (one === undefined) continue;
      standing = standing.filter((other) => other !== one);
      line.remove(one);
    } else {
      const one = line.next();
      assert.equal(one === undefined, standing.length === 0);
      if (one === undefined) continue;
      turn(one, standing);
      line.take(one);
      standing = standing.filter((other) => other !== one);
    }
    assert.equal(line.size, standing.length);
    stepped(standing);
  }
  return line;
}

test('nobody has a turn while a more important one waits, and within a key nobody before who came earlier', () => {
  fc.assert(
    fc.property(steps(['a', 'b', 'heavy'], [0, 1, 2]), (all) => {
      play(all, (taken, waited) => {
        assert.equal(taken.rank, Math.min(...waited.map(({ rank }) => rank)));
        const kin = waited.filter(({ key, rank }) => key === taken.key && rank === taken.rank);
        assert.equal(taken.number, Math.min(...kin.map(({ number }) => number)));
      });
    }),
  );
});

test('no key of the same weight has two turns while another waits all the time: with k keys each comes within k turns', () => {
  fc.assert(
    fc.property(steps(['a', 'b', 'c', 'd', 'e'], [1]), (all) => {
      /** For each key that waits: who has had a turn since it began to. */
      const since = new Map<string, Set<string>>();
      const took = (taken: One, waited: readonly One[]): void => {
        for (const key of new Set(waited.map((one) => one.key))) {
          if (key === taken.key) continue;
          const turns = since.get(key) ?? new Set();
          assert.ok(!turns.has(taken.key), `${taken.key} twice while ${key} waited`);
          since.set(key, turns.add(taken.key));
        }
        since.delete(taken.key);
      };
      play(all, took, (standing) => {
        for (const key of since.keys()) if (standing.every((one) => one.key !== key)) since.delete(key);
      });
    }),
    { numRuns: 1000 },
  );
});

test('keys that always wait have turns in proportion to their weights, whatever the others do meanwhile', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('heavy', 'light', 'a', 'b'), { minLength: 50, maxLength: 300 }), (noise) => {
      const line = new Line<One>();
      const come = (key: string): void => line.add({ key, rank: 1, weight: weights[key] ?? 1, number: 0 });
      for (const key of ['heavy', 'light', 'even']) come(key);
      const turns: Record<string, number> = { heavy: 0, light: 0, even: 0 };
      for (const key of noise) {
        come(key);
        const next = line.next();
        assert.ok(next !== undefined);
        line.take(next);
        turns[next.key] = (turns[next.key] ?? 0) + 1;
        // Those that are compared always wait.
        if (['heavy', 'light', 'even'].includes(next.key)) come(next.key);
      }
      for (const [one, other] of [
        ['heavy', 'even'],
        ['even', 'light'],
        ['heavy', 'light'],
      ] as const) {
        const [mine, theirs] = [one, other].map((key) => (turns[key] ?? 0) / (weights[key] ?? 1));
        assert.ok(Math.abs((mine ?? 0) - (theirs ?? 0)) <= 1 / 0.5 + 1, JSON.stringify(turns));
      }
    }),
  );
});

test('a key that leaves and comes back gains nothing, and one that was away gets no credit', () => {
  const line = new Line<One>();
  const come = (key: string): void => line.add({ key, rank: 1, weight: 1, number: 0 });
  const turn = (): string => {
    const next = line.next();
    if (next === undefined) return '';
    line.take(next);
    return next.key;
  };
  for (let at = 0; at < 10; at += 1) come('patient');
  let order = '';
  for (let at = 0; at < 6; at += 1) {
    come('quick');
    order += turn()[0] ?? '';
  }
  assert.match(order, /^(pq|qp){3}$/);
  come('late');
  order = [turn(), turn(), turn(), turn()].map((key) => key[0]).join('');
  assert.equal(order.match(/l/g)?.length, 1);
});

test('a key that comes back at once does not go before one that has waited meanwhile', () => {
  const come = (key: string): Step => ({ does: 'come', key, rank: 1 });
  const turns: string[] = [];
  const all: Step[] = [
    come('b'),
    come('d'),
    come('b'),
    { does: 'turn' },
    { does: 'turn' },
    come('d'),
    { does: 'turn' },
  ];
  play(all, ({ key }) => void turns.push(key));
  assert.equal(turns.join(' '), 'b d b');
});

test('the place is how many go before, and itself', () => {
  fc.assert(
    fc.property(steps(['a', 'b', 'light', 'heavy'], [0, 1, 2]), (all) => {
      const line = play(all, () => {});
      const order = [...line.order()];
      const places = order.map((one) => line.placeOf(one));
      assert.deepEqual(
        places,
        order.map((_, at) => at + 1),
      );
      for (const one of order) {
        assert.equal(line.next(), one);
        line.take(one);
      }
      assert.equal(line.size, 0);
    }),
  );
});

test('one noisy key does not keep the others waiting', () => {
  const line = new Line<One>();
  for (let number = 0; number < 1000; number += 1) line.add({ key: 'noisy', rank: 1, weight: 1, number });
  line.add({ key: 'quiet', rank: 1, weight: 1, number: 1000 });
  const quiet = [...line.order()].findIndex(({ key }) => key === 'quiet');
  assert.ok(quiet <= 1, `${quiet} went before`);
});

test('what a line has forgotten takes no room', () => {
  const line = new Line<One>();
  for (let number = 0; number < 10_000; number += 1) {
    const one = { key: `key ${number}`, rank: 1, weight: 1, number };
    line.add(one);
    if (number % 2 === 0) line.remove(one);
    else line.take(one);
  }
  assert.equal(line.size, 0);
  assert.equal(line.next(), undefined);
});

test('keys that come new all the time, each once, do not starve one that waits', () => {
  const line = new Line<One>();
  const come = (key: string): void => line.add({ key, rank: 1, weight: 1, number: 0 });
  for (let at = 0; at < 3; at += 1) come('patient');
  let left = 3;
  for (let turn = 0; turn < 12; turn += 1) {
    come(`new ${turn}`);
    const next = line.next();
    assert.ok(next !== undefined);
    line.take(next);
    if (next.key === 'patient') left -= 1;
  }
  assert.equal(left, 0);
});
