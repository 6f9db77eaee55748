import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { Earliest } from './earliest.ts';

test('what has ended is taken in the order of its end, and nothing else', () => {
  const steps = fc.array(fc.oneof(fc.record({ add: fc.nat(50) }), fc.record({ pass: fc.nat(20) })), { maxLength: 200 });
  fc.assert(
    fc.property(steps, (run) => {
      const earliest = new Earliest<{ readonly until: number }>();
      let model: number[] = [];
      let now = 0;
      for (const step of run) {
        if ('add' in step) {
          earliest.add({ until: now + step.add });
          model.push(now + step.add);
          continue;
        }
        now += step.pass;
        const taken: number[] = [];
        for (let one = earliest.takeEnded(now); one !== undefined; one = earliest.takeEnded(now)) taken.push(one.until);
        assert.deepEqual(
          taken,
          model.filter((until) => until <= now).toSorted((one, other) => one - other),
        );
        model = model.filter((until) => until > now);
        assert.equal(earliest.size, model.length);
      }
    }),
  );
});
