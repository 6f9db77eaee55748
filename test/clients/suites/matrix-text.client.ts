import assert from 'node:assert/strict';
import { eachCell } from '../matrix.ts';
import { modelIn } from '../stage.ts';
import { cost } from '../vendors/vendor.ts';

const text = 'Grüße 🙂, "zitiert" \\ und\nzweizeilig: ende.';
const system = 'Answer in German, “always”.';
const prompt = 'Hello 👋\n"there"';

eachCell('text', async ({ client, vendor, streamed, stage }) => {
  const { result, arrived } = await stage().play(
    client.tongue,
    (_turn, { request }) => vendor.say([{ text }], request),
    (url) => client.converse({ url, models: [modelIn(vendor.dialect)], streamed, prompt, system }),
  );
  assert.deepEqual(result, [{ text, thought: '', calls: [], usage: cost }]);
  assert.equal(arrived.length, 1);
  const { understood } = arrived[0]!;
  assert.equal(understood.instructions, system);
  assert.deepEqual(understood.heard, [{ by: 'user', text: prompt }]);
  assert.equal(understood.streamed, streamed);
  assert.deepEqual(understood.tools, []);
  assert.equal(understood.schema, undefined);
});

eachCell('an answer of nothing is no error', async ({ client, vendor, streamed, stage }) => {
  const { result } = await stage().play(
    client.tongue,
    (_turn, { request }) => vendor.say([], request),
    (url) => client.converse({ url, models: [modelIn(vendor.dialect)], streamed, prompt }),
  );
  assert.deepEqual(
    result.map(({ text: said, calls }) => [said, calls]),
    [['', []]],
  );
});
