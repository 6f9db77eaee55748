import assert from 'node:assert/strict';
import { eachCell } from '../matrix.ts';
import { modelIn } from '../stage.ts';
import type { Vendor, Word } from '../vendors/vendor.ts';
import type { Client } from '../wish.ts';

const thought = 'The weather needs looking up 🤔, "so" I call.';
const done = 'Sunny.';
/** As a vendor gives it: base64, and none of two turns alike. */
const sealOf = (vendor: Vendor, turn: number): string =>
  Buffer.from(`sealed by ${vendor.dialect} in turn ${turn}, for itself alone +/=`).toString('base64');

/** Thinking with its seal, and a call, which one vendor signs in the thinking's place. */
function wordsOf(vendor: Vendor, turn: number): readonly Word[] {
  const seal = vendor.seals ? { seal: sealOf(vendor, turn) } : {};
  const signsCalls = vendor.dialect === 'google-generate';
  return [
    { thought, ...(signsCalls ? {} : seal) },
    { call: 'weather', id: `call_${turn}`, input: { city: `Köln ${turn}` }, ...(signsCalls ? seal : {}) },
  ];
}

/** Whether what a vendor sealed comes back to it through a client: not where the client has no place for it. */
const keeps = ({ keepsSeals }: Client, { seals, dialect }: Vendor): boolean =>
  seals && keepsSeals?.includes(dialect) !== false;

eachCell('thinking with tools', async ({ client, vendor, streamed, stage }) => {
  const { result, arrived } = await stage().play(
    client.tongue,
    (turn, { request }) => vendor.say(turn < 2 ? wordsOf(vendor, turn) : [{ text: done }], request),
    (url) =>
      client.converse({
        url,
        models: [modelIn(vendor.dialect)],
        streamed,
        prompt: 'Think.',
        tools: true,
        thinks: true,
      }),
  );
  assert.deepEqual(
    result.map(({ text, calls }) => ({ text, calls })),
    [
      { text: '', calls: [{ name: 'weather', input: { city: 'Köln 0' } }] },
      { text: '', calls: [{ name: 'weather', input: { city: 'Köln 1' } }] },
      { text: done, calls: [] },
    ],
  );
  if (client.showsThoughts !== false) assert.equal(result[0]?.thought, thought);
  for (const { understood } of arrived) assert.ok(understood.thinks, 'the model was asked to think');
  const sealsAt = arrived.map(({ understood }) => understood.seals);
  const given = [[], [sealOf(vendor, 0)], [sealOf(vendor, 0), sealOf(vendor, 1)]];
  if (keeps(client, vendor)) assert.deepEqual(sealsAt, given);
  else for (const seals of sealsAt) assert.ok(seals.every((seal) => given[2]?.includes(seal)));
  // What was sealed is said as it was when it was sealed, or nothing of it: a vendor refuses other words than its own.
  for (const one of arrived.flatMap(({ understood }) => understood.heard)) {
    if ('thought' in one && one.seal !== undefined) assert.ok([thought, ''].includes(one.thought), one.thought);
  }
});
