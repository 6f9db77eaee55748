import assert from 'node:assert/strict';
import { eachCell } from '../matrix.ts';
import { modelIn } from '../stage.ts';
import { type Heard, joined, type Word } from '../vendors/vendor.ts';
import { type Client, offers, runTool } from '../wish.ts';

const turns = 4;

type Call = Extract<Word, { call: string }>;

/** Three calls at once, with all that arguments may hold; a model of the third generation signs the first. */
const callsOf = (turn: number): readonly Call[] => [
  {
    call: 'weather',
    id: `call_w${turn}`,
    input: { city: `Köln "${turn}" 🙂` },
    seal: Buffer.from(`sign ${turn}`).toString('base64'),
  },
  { call: 'clock', id: `call_c${turn}`, input: {} },
  {
    call: 'book',
    id: `call_b${turn}`,
    input: { seats: turn + 1, price: 12.5, class: 'first', stops: [{ city: 'a\\b\n', nights: 2 }], window: true },
  },
];

const said = 'Looking it up.';
const done = 'Sunny everywhere.';
const wordsOf = (turn: number): readonly Word[] =>
  turn < turns - 1 ? [...(turn === 0 ? [{ text: said }] : []), ...callsOf(turn)] : [{ text: done }];

/** What a vendor must have heard at its request of that number: ids are the gateway's own business, as long as they pair. */
function expected(turn: number, wraps: Client['wraps'] = (_name, text) => text): readonly object[] {
  const before = Array.from({ length: turn }, (_, at) => {
    const calls = callsOf(at);
    return [
      ...(at === 0 ? [{ by: 'assistant', text: said }] : []),
      ...calls.map(({ call, input }) => ({ call, input })),
      ...calls.map(({ call, input }) => ({ of: call, text: wraps(call, runTool(call, input)) })),
    ];
  });
  return [{ by: 'user', text: 'Begin.' }, ...before.flat()];
}

/** Results named by the call they belong to. */
function named(heard: readonly Heard[]): readonly object[] {
  const names = new Map<string, string>();
  return joined(heard).map((one) => {
    if ('call' in one) {
      names.set(one.id, one.call);
      return { call: one.call, input: one.input };
    }
    return 'result' in one ? { of: names.get(one.result), text: one.text } : one;
  });
}

eachCell(`three tools at once in ${turns} turns`, async ({ client, vendor, streamed, stage }) => {
  const { result, arrived } = await stage().play(
    client.tongue,
    (turn, { request }) => vendor.say(wordsOf(turn), request),
    (url) => client.converse({ url, models: [modelIn(vendor.dialect)], streamed, prompt: 'Begin.', tools: true }),
  );
  assert.deepEqual(
    result.map(({ text, calls }) => ({ text, calls })),
    Array.from({ length: turns }, (_, turn) => ({
      text: turn === 0 ? said : turn === turns - 1 ? done : '',
      calls: turn === turns - 1 ? [] : callsOf(turn).map(({ call: name, input }) => ({ name, input })),
    })),
  );
  assert.deepEqual(
    arrived.map(({ understood }) => named(understood.heard)),
    Array.from({ length: turns }, (_, turn) => expected(turn, client.wraps)),
  );
  for (const { understood } of arrived) {
    assert.deepEqual(
      understood.tools,
      offers.map(({ name, parameters }) => ({ name, parameters: client.words?.(parameters) ?? parameters })),
    );
  }
});
