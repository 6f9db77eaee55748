import assert from 'node:assert/strict';
import { test } from 'node:test';
import echo from '@tapgate/echo';
import openai from '@tapgate/openai';
import openaiCompatible from '@tapgate/openai-compatible';
import { ask, type Answered, fakeUpstream, pluginContract, reply, serveGateway } from '@tapgate/test-kit';
import { draw, type Fault } from './faults.ts';
import faultInjection from './index.ts';

const chunk = (delta: object, finish: string | null = null): string =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'real', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
const stream = `${chunk({ role: 'assistant', content: 'one' })}${chunk({ content: ' two' })}${chunk({}, 'stop')}data: [DONE]\n\n`;

/** What a client gets, and how often the provider was really asked. */
async function under(
  faults: readonly Fault[],
  share = 1,
  model = 'up/real',
  count = 1,
): Promise<{ answers: Answered[]; asked: number; logs: readonly string[] }> {
  await using upstream = await fakeUpstream(reply.sse(stream));
  await using gateway = await serveGateway({
    plugins: [
      [openai, {}],
      [echo, { paceMs: 0 }],
      [openaiCompatible, { baseUrl: `${upstream.url}/v1`, apiKey: 'k' }, { id: 'up' }],
      [faultInjection, { share, faults, seed: 1 }],
    ] as never,
  });
  const answers: Answered[] = [];
  for (let at = 0; at < count; at += 1)
    answers.push(
      await ask(`${gateway.url}/v1/chat/completions`, {
        body: { model, stream: true, messages: [{ role: 'user', content: 'a b c d' }] },
      }),
    );
  return { answers, asked: upstream.requests.length, logs: gateway.logs };
}

test('an injected error has its status and never reaches the provider', async () => {
  const { answers, asked, logs } = await under([{ kind: 'error', status: 429 }]);
  assert.equal(answers[0]?.status, 429);
  assert.equal(asked, 0);
  assert.ok(logs.some((line) => line.includes('faults are injected on purpose')));
});

for (const model of ['up/real', 'echo/echo']) {
  for (const kind of ['cut', 'garbage'] as const) {
    test(`a ${kind} ends the stream of ${model} with an error, never well`, async () => {
      const { answers } = await under([{ kind, afterBytes: 300 }], 1, model);
      assert.match(answers[0]?.text ?? '', /"error"/);
      assert.doesNotMatch(answers[0]?.text ?? '', /\[DONE\]/);
    });
  }
}

test('a delay is only that', async () => {
  const { answers, asked } = await under([{ kind: 'delay', ms: 5 }]);
  assert.equal(answers[0]?.text, stream.replaceAll('"model":"real"', '"model":"real"'));
  assert.equal(asked, 1);
});

test('only the share goes wrong', async () => {
  const { answers } = await under([{ kind: 'error', status: 500 }], 0.5, 'echo/echo', 60);
  const wrong = answers.filter(({ status }) => status !== 200).length;
  assert.ok(wrong > 15 && wrong < 45, `${wrong} of 60`);
  const none = await under([{ kind: 'error', status: 500 }], 0, 'echo/echo', 5);
  assert.ok(none.answers.every(({ status }) => status === 200));
});

test('faults are drawn by their weights', () => {
  const faults: Fault[] = [
    { kind: 'stall', weight: 3 },
    { kind: 'error', status: 500 },
  ];
  assert.equal(draw(faults, 0)?.kind, 'stall');
  assert.equal(draw(faults, 0.74)?.kind, 'stall');
  assert.equal(draw(faults, 0.76)?.kind, 'error');
});

pluginContract(test, {
  plugin: faultInjection,
  options: { share: 0, faults: [{ kind: 'stall' }] },
  badOptions: [{}, { share: 2, faults: [{ kind: 'stall' }] }, { share: 1, faults: [{ kind: 'fire' }] }],
  module: import.meta.resolve('./index.ts'),
});
