import assert from 'node:assert/strict';
import { test as runnerTest } from 'node:test';
import failover from '@tapgate/failover';
import openai from '@tapgate/openai';
import openaiCompatible from '@tapgate/openai-compatible';
import {
  type Answer,
  ask,
  type Answered,
  fakeUpstream,
  leakProbes,
  reply,
  serveGateway,
  step,
} from '@tapgate/test-kit';
import queue from './index.ts';

const test = leakProbes(runnerTest as never);

const well = (text: string): Answer =>
  reply.json(200, {
    id: 'c',
    object: 'chat.completion',
    created: 1,
    model: 'm',
    choices: [{ index: 0, message: { role: 'assistant', content: text }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
  });
const throttled = reply.json(
  429,
  { error: { message: 'Slow down.', type: 'rate_limit_error' } },
  { 'retry-after': '1' },
);

const chat = (url: string): Promise<Answered> =>
  ask(`${url}/v1/chat/completions`, { body: { model: 'm', messages: [{ role: 'user', content: 'Hi' }] } });

test('while every target cools down requests wait, and are answered when the first is ready', async () => {
  await using upstream = await fakeUpstream(well('after'));
  upstream.queue(throttled);
  await using served = await serveGateway({
    plugins: [
      [openai, {}],
      [openaiCompatible, { baseUrl: `${upstream.url}/v1`, apiKey: 'key' }, { id: 'only-cooling' }],
      [queue, {}],
      [failover, {}],
    ],
    models: { m: ['only-cooling/m'] },
  });
  const answers = await Promise.all([chat(served.url), chat(served.url), chat(served.url)]);
  for (const { status, text } of answers) {
    assert.equal(status, 200, text);
    assert.match(text, /after/);
  }
  const [refused, ...later] = upstream.requests;
  assert.equal(later.length, 3);
  const early = later.filter(({ receivedAt }) => receivedAt - (refused?.receivedAt ?? 0) < 990);
  // Those that were under way together with the first could not know.
  assert.ok(early.length <= 2, `${early.length} were sent before the time that was asked for`);
  assert.ok(answers.some(({ headers }) => Number(headers.get('x-tapgate-queue-wait-ms')) > 500));
});

test('a provider whose places are all taken is not blamed: the next is asked, and it is asked again later', async () => {
  const go = Promise.withResolvers<void>();
  const slow: Answer = [step.wait(go.promise), ...(well('busy') as never[])];
  await using busy = await fakeUpstream(slow);
  await using idle = await fakeUpstream(well('idle'));
  const provider = (url: string, id: string) =>
    [openaiCompatible, { baseUrl: `${url}/v1`, apiKey: 'key' }, { id }] as const;
  await using served = await serveGateway({
    plugins: [
      [openai, {}],
      provider(busy.url, 'busy'),
      provider(idle.url, 'idle'),
      [queue, { concurrency: { busy: 1 }, maxWaitMs: 20 }],
      [failover, {}],
    ],
    models: { m: ['busy/m', 'idle/m'] },
  });
  const first = chat(served.url);
  await busy.request(0);
  for (let request = 0; request < 12; request += 1) {
    const { status, text } = await chat(served.url);
    assert.equal(status, 200, text);
    assert.match(text, /idle/);
  }
  go.resolve();
  await first;
  assert.match((await chat(served.url)).text, /busy/);
});
