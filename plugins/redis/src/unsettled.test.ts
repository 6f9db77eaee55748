import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Unsettled } from './unsettled.ts';

test('settlements are kept up to a bound, the oldest goes first, and each is told once', async () => {
  const unsettled = new Unsettled();
  for (let at = 0; at < 10_005; at += 1) unsettled.keep(`id-${at}`, [BigInt(at)], at % 2 === 0);
  unsettled.keep('id-9000', [0n], true);
  assert.deepEqual([unsettled.kept, unsettled.lost], [10_000, 5]);
  const told: [string, bigint | undefined, boolean][] = [];
  let left = 250;
  const tell = (): Promise<void> =>
    unsettled.tell(async (id, [spent], unanswered) => {
      if (left === 0) throw new Error('away');
      left -= 1;
      told.push([id, spent, unanswered]);
    });
  await tell();
  assert.equal(unsettled.kept, 9750, 'what could not be told stays');
  left = Infinity;
  await tell();
  assert.equal(unsettled.kept, 0);
  assert.equal(new Set(told.map(([id]) => id)).size, 10_000);
  assert.deepEqual(told[0], ['id-5', 5n, false]);
  assert.deepEqual(
    told.find(([id]) => id === 'id-9000'),
    ['id-9000', 9000n, true],
  );
});

test('how a reservation stands is known until it is settled, and not of ever more of them', () => {
  const unsettled = new Unsettled();
  for (const id of ['first', 'one', 'refused', 'settled']) unsettled.begin(id);
  assert.equal(unsettled.take('one'), 'unanswered');
  assert.equal(unsettled.take('one'), undefined);
  unsettled.learn('refused', 'refused');
  assert.equal(unsettled.take('refused'), undefined);
  assert.equal(unsettled.take('settled'), 'unanswered', 'its client left at once');
  unsettled.learn('settled', 'granted');
  assert.equal(unsettled.take('settled'), undefined);
  for (let at = 0; at < 100_000; at += 1) unsettled.begin(`id-${at}`);
  unsettled.learn('id-99999', 'not sent');
  assert.equal(unsettled.take('first'), undefined);
  assert.equal(unsettled.take('id-99999'), 'not sent');
});
