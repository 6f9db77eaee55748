import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { Ends } from './ends.ts';

test('what has ended is taken, once, and nothing else, whatever was taken away before', () => {
  const step = fc.oneof(
    fc.record({ add: fc.nat(5000) }),
    fc.record({ pass: fc.nat(2000) }),
    fc.record({ remove: fc.nat(20) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (run) => {
      const ends = new Ends<{ readonly until: number }>();
      let model: { readonly until: number }[] = [];
      let now = 1_700_000_000_000;
      for (const one of run) {
        if ('add' in one) {
          const item = { until: now + one.add };
          ends.add(item);
          model.push(item);
        } else if ('remove' in one) {
          const item = model[one.remove];
          if (item === undefined) continue;
          ends.delete(item);
          model = model.filter((other) => other !== item);
        } else {
          now += one.pass;
          const taken = new Set(ends.takeEnded(now));
          assert.deepEqual(taken, new Set(model.filter(({ until }) => until <= now)));
          model = model.filter(({ until }) => until > now);
        }
      }
    }),
  );
});
