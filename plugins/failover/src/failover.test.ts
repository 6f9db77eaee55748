import assert from 'node:assert/strict';
import { test } from 'node:test';
import openai from '@tapgate/openai';
import openaiCompatible from '@tapgate/openai-compatible';
import {
  type Answer,
  ask,
  type Answered,
  fakeUpstream,
  type FakeUpstream,
  pluginContract,
  reply,
  serveGateway,
  type ServedGateway,
  step,
} from '@tapgate/test-kit';
import failover from './index.ts';

const whole = (text: string): Answer =>
  reply.json(200, {
    id: 'c',
    object: 'chat.completion',
    created: 1,
    model: 'real',
    choices: [{ index: 0, message: { role: 'assistant', content: text }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
  });
const chunk = (delta: object, finish: string | null = null): string =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'real', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
const fails = (status: number, message: string, headers: Record<string, string> = {}): Answer =>
  reply.json(status, { error: { message, type: 'error' } }, headers);

interface Pair extends AsyncDisposable {
  readonly a: FakeUpstream;
  readonly b: FakeUpstream;
  readonly gateway: ServedGateway;
  chat(fields?: object, headers?: Record<string, string>): Promise<Answered>;
}

/** A model with the targets a and b behind the plugin. */
async function pair(a: Answer, b: Answer, options: object = {}): Promise<Pair> {
  const [first, second] = [await fakeUpstream(a), await fakeUpstream(b)];
  const provider = (upstream: FakeUpstream, id: string) => [
    openaiCompatible,
    { baseUrl: `${upstream.url}/v1`, apiKey: `key-of-${id}` },
    { id },
  ];
  const gateway = await serveGateway({
    plugins: [[openai, {}], provider(first, 'a'), provider(second, 'b'), [failover, options]] as never,
    models: { m: ['a/real-a', 'b/real-b'], 'only-a': ['a/real-a'] },
  });
  return {
    a: first,
    b: second,
    gateway,
    chat: (fields = {}, headers = {}) =>
      ask(`${gateway.url}/v1/chat/completions`, {
        headers,
        body: { model: 'm', messages: [{ role: 'user', content: 'x' }], ...fields },
      }),
    [Symbol.asyncDispose]: async () => {
      await gateway.close();
      await first.close();
      await second.close();
    },
  };
}

test('the next target is asked with its own key, host and model, and the reply says so', async () => {
  await using at = await pair(fails(500, 'down'), whole('saved'), { retry: { baseMs: 1, maxMs: 1 } });
  const answered = await at.chat();
  assert.equal(answered.status, 200);
  assert.match(answered.text, /saved/);
  assert.equal(answered.headers.get('x-tapgate-provider'), 'b');
  assert.equal(answered.headers.get('x-tapgate-attempts'), '3');
  assert.equal(at.a.requests.length, 2);
  assert.equal(at.b.requests[0]?.headers.get('authorization'), 'Bearer key-of-b');
  assert.match(at.b.requests[0]?.text ?? '', /"model":"real-b"/);
  assert.doesNotMatch(JSON.stringify([...(at.b.requests[0]?.headers ?? [])]), /key-of-a/);
});

for (const [what, answer, calls] of [
  ['a dead credential goes to the next at once', fails(401, 'bad key'), 1],
  ['a throttled one too', fails(429, 'slow down', { 'retry-after': '30' }), 1],
  ['an unknown model too', fails(404, 'no such model'), 1],
  [
    'a truncated stream is tried once more there first',
    [step.head(200, { 'content-type': 'text/event-stream' }), step.write(chunk({ role: 'assistant' }))],
    2,
  ],
] as const) {
  test(what, async () => {
    const stream = `${chunk({ role: 'assistant', content: 'saved' })}${chunk({}, 'stop')}data: [DONE]\n\n`;
    await using at = await pair(answer, reply.sse(stream), { retry: { baseMs: 1, maxMs: 1 } });
    const answered = await at.chat({ stream: true });
    assert.match(answered.text, /saved/);
    assert.equal(at.a.requests.length, calls);
    assert.equal(at.b.requests.length, 1);
  });
}

for (const status of [400, 413, 422]) {
  test(`a request that is at fault (${status}) is not tried again anywhere, and punishes nobody`, async () => {
    await using at = await pair(fails(status, 'bad field'), whole('never'));
    for (let count = 0; count < 10; count += 1) assert.equal((await at.chat()).status, status);
    assert.equal(at.a.requests.length, 10);
    assert.equal(at.b.requests.length, 0);
  });
}

test('statuses that the operator names fall through', async () => {
  await using at = await pair(fails(400, 'odd'), whole('saved'), { fallbackOnStatuses: [400] });
  assert.equal((await at.chat()).status, 200);
});

test('a throttled target is left alone until its time, and when all are, the answer says when', async () => {
  await using at = await pair(fails(429, 'slow down', { 'retry-after': '30' }), whole('b'));
  await at.chat();
  await at.chat();
  assert.equal(at.a.requests.length, 1);
  const refused = await at.chat({ model: 'only-a' });
  assert.equal(refused.status, 429);
  const wait = Number(refused.headers.get('retry-after'));
  assert.ok(wait >= 28 && wait <= 34, String(wait));
  assert.equal(at.a.requests.length, 1);
});

test('five failures in a row open the breaker: the target is not asked any more', async () => {
  await using at = await pair(fails(500, 'down'), whole('b'), { retry: { perSecond: 0, share: 0 } });
  for (let count = 0; count < 12; count += 1) await at.chat();
  assert.ok(at.a.requests.length <= 6, `${at.a.requests.length} calls`);
  assert.equal((await at.chat()).headers.get('x-tapgate-attempts'), '1');
});

test('without a retry budget the client is told not to try again either', async () => {
  await using at = await pair(fails(500, 'down'), whole('never'), { retry: { perSecond: 0, share: 0 } });
  const refused = await at.chat({ model: 'only-a' });
  assert.equal(refused.status, 502);
  assert.equal(refused.headers.get('x-should-retry'), 'false');
  assert.equal(at.a.requests.length, 1);
});

test('a client may ask for one target only', async () => {
  await using at = await pair(fails(500, 'down'), whole('never'));
  assert.equal((await at.chat({}, { 'x-tapgate-failover': 'off' })).status, 502);
  assert.equal(at.a.requests.length + at.b.requests.length, 1);
});

test('a slow target is left for the next, or hedged', async () => {
  for (const onSlow of ['leave', 'hedge']) {
    await using at = await pair([step.stall()], whole('fast'), { wholePatienceMs: 40, onSlow });
    const answered = await at.chat();
    assert.match(answered.text, /fast/);
    for (let tries = 0; at.a.openSockets > 0 && tries < 500; tries += 1)
      await new Promise((resolve) => setTimeout(resolve, 5));
    assert.equal(at.a.openSockets, 0);
  }
});

const half = [
  step.head(200, { 'content-type': 'text/event-stream' }),
  step.write(chunk({ role: 'assistant', content: 'one two' })),
  step.sleep(20),
  step.reset(),
];
const rest = (text: string): Answer =>
  reply.sse(`${chunk({ role: 'assistant', content: text })}${chunk({}, 'stop')}data: [DONE]\n\n`);

test('after the first content: an error by default, the rest where the next target says the same, never two answers glued', async () => {
  const said = (text: string): string => [...text.matchAll(/"content":"([^"]*)"/g)].map(([, piece]) => piece).join('');
  await using ending = await pair(half, rest('one two three'));
  const ended = await ending.chat({ stream: true });
  assert.equal(said(ended.text), 'one two');
  assert.doesNotMatch(ended.text, /\[DONE\]/);
  assert.equal(ending.b.requests.length, 0);
  await using resuming = await pair(half, rest('one two three'), { afterCommit: 'resume' });
  const resumedAnswer = await resuming.chat({ stream: true });
  assert.equal(said(resumedAnswer.text), 'one two three');
  assert.match(resumedAnswer.text, /\[DONE\]/);
  await using other = await pair(half, rest('something else'), { afterCommit: 'resume' });
  const honest = await other.chat({ stream: true });
  assert.equal(said(honest.text), 'one two');
  assert.match(honest.text, /"error"/);
});

test('a provider that dies beside a healthy one: all succeed, and few are slow', async () => {
  await using at = await pair(fails(500, 'down'), whole('b'));
  const answers = await Promise.all(Array.from({ length: 100 }, () => at.chat()));
  assert.ok(answers.every(({ status }) => status === 200));
  const more = await Promise.all(Array.from({ length: 100 }, () => at.chat()));
  assert.ok(more.every(({ headers }) => headers.get('x-tapgate-attempts') === '1'));
});

pluginContract(test, {
  plugin: failover,
  options: {},
  badOptions: [{ attempts: 0 }, { onSlow: 'sleep' }, { breaker: { open: 1 } }],
  module: import.meta.resolve('./index.ts'),
});
