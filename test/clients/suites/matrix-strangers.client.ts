import assert from 'node:assert/strict';
import { test } from 'node:test';
import { leftOut } from '../installed.ts';
import { theStage } from '../matrix.ts';
import { clients } from '../speakers/index.ts';
import { modelIn } from '../stage.ts';
import { vendors } from '../vendors/index.ts';
import { joined, type Vendor, type Word } from '../vendors/vendor.ts';

const stage = theStage();
const sealOf = ({ dialect }: Vendor): string =>
  Buffer.from(`sealed by ${dialect}, for itself alone +/=`).toString('base64');
const done = 'Sunny.';

function wordsOf(vendor: Vendor): readonly Word[] {
  const seal = vendor.seals ? { seal: sealOf(vendor) } : {};
  const signsCalls = vendor.dialect === 'google-generate';
  return [
    { thought: `Thought in ${vendor.dialect}.`, ...(signsCalls ? {} : seal) },
    { call: 'clock', id: `call_${vendor.dialect}`, input: {}, ...(signsCalls ? seal : {}) },
  ];
}

/** A conversation that goes from one vendor to another and back, as after a failover: each is given its own seals, and no other's. */
for (const client of clients) {
  for (const first of vendors.filter(({ seals }) => seals)) {
    for (const second of vendors.filter((one) => one !== first)) {
      const name = `${client.name} → ${second.dialect}: what ${first.dialect} sealed stays away`;
      test(name, { skip: leftOut(client.needs) }, async () => {
        const order = [first, second, first];
        const { result, arrived } = await stage().play(
          client.tongue,
          (turn, { vendor, request }) => vendor.say(turn < 2 ? wordsOf(vendor) : [{ text: done }], request),
          (url) =>
            client.converse({
              url,
              models: order.map(({ dialect }) => modelIn(dialect)),
              streamed: true,
              prompt: 'Think.',
              tools: true,
              thinks: true,
            }),
        );
        assert.deepEqual(
          result.map(({ text, calls }) => [text, calls.length]),
          [
            ['', 1],
            ['', 1],
            [done, 0],
          ],
        );
        assert.deepEqual(
          arrived.map(({ vendor }) => vendor.dialect),
          order.map(({ dialect }) => dialect),
        );
        const [, atSecond, again] = arrived;
        for (const { vendor, request, understood } of [atSecond!, again!]) {
          for (const other of vendors.filter((one) => one !== vendor && one.seals)) {
            assert.ok(
              !request.text.includes(sealOf(other)),
              `${vendor.dialect} was given what ${other.dialect} sealed`,
            );
          }
          assert.doesNotMatch(request.text, /tapgate/);
          assert.ok(understood.seals.every((seal) => seal === sealOf(vendor)));
        }
        const kept = client.keepsSeals?.includes(first.dialect) !== false;
        if (kept) assert.deepEqual(again?.understood.seals, [sealOf(first)]);
        // Whatever became of the thinking, calls and results stand as they were.
        const calls = joined(again!.understood.heard).filter((one) => 'call' in one || 'result' in one);
        assert.deepEqual(
          calls.map((one) => ('call' in one ? one.call : 'result')),
          ['clock', 'result', 'clock', 'result'],
        );
      });
    }
  }
}
