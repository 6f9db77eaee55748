import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { Crowd } from './crowd.ts';
import type { Ticket } from './ticket.ts';

const ticket = (key: string, rank: number): Ticket => ({ key, rank, trying: false }) as Ticket;

test('a crowd knows how many there are under each key, and forgets those of whom there is none', () => {
  const come = fc.record({ key: fc.constantFrom('a', 'b', 'c'), rank: fc.constantFrom(0, 1, 2) });
  fc.assert(
    fc.property(fc.array(fc.oneof(come, fc.nat(20)), { maxLength: 60 }), (steps) => {
      const crowd = new Crowd();
      const here: Ticket[] = [];
      for (const step of steps) {
        if (typeof step === 'number') {
          const [gone] = here.splice(step % Math.max(1, here.length), 1);
          if (gone === undefined) continue;
          assert.ok(crowd.delete(gone));
          assert.ok(!crowd.delete(gone));
        } else {
          const one = ticket(step.key, step.rank);
          here.push(one);
          crowd.add(one);
        }
        assert.equal(crowd.size, here.length);
        for (const key of ['a', 'b', 'c']) assert.equal(crowd.of(key), here.filter((one) => one.key === key).length);
        for (const rank of [0, 1, 2]) {
          const leaving = crowd.makesRoomFor({ key: 'new', rank });
          const lowest = Math.max(-1, ...here.map((one) => one.rank));
          if (leaving === undefined) continue;
          assert.equal(leaving.rank, lowest);
          assert.ok(leaving.rank > rank || crowd.of(leaving.key) > 1);
        }
      }
    }),
  );
});

test('who tries just now does not make room', () => {
  const crowd = new Crowd();
  const one = ticket('a', 2);
  one.trying = true;
  crowd.add(one);
  assert.equal(crowd.makesRoomFor({ key: 'b', rank: 0 }), undefined);
});
