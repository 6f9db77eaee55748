import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Command, commands, type Done } from '../commands.ts';
import { leftOut } from '../installed.ts';
import { theStage } from '../matrix.ts';
import { type Arrived, modelIn } from '../stage.ts';
import { vendors } from '../vendors/index.ts';
import type { Heard, Vendor, Word } from '../vendors/vendor.ts';
import { png } from '../wish.ts';

/** They always send some settings that not every model takes, and tools that only their own vendor has: a route for them drops those. */
const stage = theStage('drop');
const secret = 'The word of the day is heron.';
const said = 'It is “heron” 🪶.';
const seal = Buffer.from('sealed in a command’s first turn +/=').toString('base64');

/** A thought and the call that reads the file: then, told what stands in it, the answer. Other questions get a word. */
function wordsOf(command: Command, vendor: Vendor, { understood }: Arrived, file: string): readonly Word[] {
  const tools = understood.tools.map(({ name }) => name);
  const { call, input } = command.reads(file, tools);
  if (!tools.includes(call)) return [{ text: 'Fine.' }];
  if (understood.heard.some((one) => 'result' in one)) return [{ text: said }];
  const sealed = vendor.seals ? { seal } : {};
  const signsCalls = vendor.dialect === 'google-generate';
  return [
    { thought: 'I look into the file.', ...(signsCalls ? {} : sealed) },
    { text: 'I read it.' },
    { call, id: 'call_1', input, ...(signsCalls ? sealed : {}) },
  ];
}

const shown = ({ code, stdout, stderr }: Done): string => `ended with ${code}\n${stdout}\n${stderr}`.slice(0, 4000);

for (const command of commands) {
  for (const vendor of vendors) {
    const skip = leftOut(command.needs);
    test(`${command.name} → ${vendor.dialect}: reads a file by a tool, and answers`, { skip }, async () => {
      const { result, arrived } = await stage().play(
        command.tongue,
        (_turn, of) => vendor.say(wordsOf(command, vendor, of, 'word.txt'), of.request),
        (url) =>
          command.run({
            url,
            model: modelIn(vendor.dialect),
            prompt: 'Which word stands in word.txt?',
            files: { 'word.txt': secret },
          }),
      );
      assert.equal(result.code, 0, shown(result));
      assert.ok(result.stdout.includes(said), shown(result));
      const last = arrived.at(-1)!.understood;
      const results = last.heard.filter((one): one is Extract<Heard, { result: string }> => 'result' in one);
      assert.equal(results.length, 1);
      assert.ok(results[0]?.text.includes(secret), results[0]?.text);
      assert.ok(last.heard.some((one) => 'by' in one && one.text.includes('Which word stands in word.txt?')));
      if (vendor.seals) assert.deepEqual(last.seals, [seal]);
    });
  }
}

/** Those that read a picture by the same tool as a text. */
for (const command of commands.filter(({ name }) => name !== 'Codex')) {
  for (const vendor of vendors.filter(({ takes }) => takes.images)) {
    const skip = leftOut(command.needs);
    test(`${command.name} → ${vendor.dialect}: a picture that a tool read is seen`, { skip }, async () => {
      const { result, arrived } = await stage().play(
        command.tongue,
        (_turn, of) => vendor.say(wordsOf(command, vendor, of, 'pixel.png'), of.request),
        (url) =>
          command.run({
            url,
            model: modelIn(vendor.dialect),
            prompt: 'Which colour has pixel.png?',
            files: { 'pixel.png': Buffer.from(png, 'base64') },
          }),
      );
      assert.equal(result.code, 0, shown(result));
      assert.ok(result.stdout.includes(said), shown(result));
      const { heard } = arrived.at(-1)!.understood;
      const pictures = heard.flatMap((one) => ('image' in one && one.image !== undefined ? [one.image] : []));
      assert.equal(pictures.length, 1, JSON.stringify(heard).slice(0, 3000));
      assert.ok(pictures[0]?.startsWith('iVBORw0KGgo'), pictures[0]);
    });
  }
}

/** One vendor for each: that it is told is the gateway's doing, and how is the client's. */
for (const command of commands) {
  const vendor = vendors.find(({ dialect }) => dialect === 'openai-chat')!;
  const skip = leftOut(command.needs);
  test(`${command.name} → ${vendor.dialect}: fails, and says why, where it refuses`, { skip }, async () => {
    const { result } = await stage().play(
      command.tongue,
      () => vendor.fail(400, 'the herons are away'),
      (url) => command.run({ url, model: modelIn(vendor.dialect), prompt: 'Hello', files: {} }),
    );
    assert.notEqual(result.code, 0, shown(result));
    assert.match(result.stdout + result.stderr, /the herons are away/, shown(result));
  });
}
