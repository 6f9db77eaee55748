import assert from 'node:assert/strict';
import { test } from 'node:test';
import anthropic from '@tapgate/anthropic';
import openai from '@tapgate/openai';
import openaiCompatible from '@tapgate/openai-compatible';
import { definePlugin, documentReply, type Reply, stage } from '@tapgate/core';
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
  validateChatReply,
  validateChatStream,
  validateMessagesStream,
} from '@tapgate/test-kit';
import degrade from './index.ts';

const fails = (status: number): Answer => reply.json(status, { error: { message: 'no', type: 'error' } });
const whole = (text: string): object => ({
  id: 'c',
  object: 'chat.completion',
  created: 1,
  model: 'small',
  choices: [{ index: 0, message: { role: 'assistant', content: text }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
});

interface Pair extends AsyncDisposable {
  readonly big: FakeUpstream;
  readonly small: FakeUpstream;
  readonly served: ServedGateway;
  readonly chat: (fields?: object) => Promise<Answered>;
}

/** A model that fails, a smaller one, and perhaps a cache that has an old answer. */
async function pair(
  big: Answer,
  small: Answer,
  options: object,
  old?: () => Reply | undefined | Promise<Reply | undefined>,
): Promise<Pair> {
  const [first, second] = [await fakeUpstream(big), await fakeUpstream(small)];
  const cache = definePlugin({
    name: 'old-answers',
    apiVersion: 1,
    schema: { type: 'object' },
    apply: (gateway) =>
      (gateway.provide as (name: string, value: unknown) => void).call(gateway, 'cache', { stale: old }),
  });
  const provider = (upstream: FakeUpstream, id: string) =>
    [openaiCompatible, { baseUrl: `${upstream.url}/v1`, apiKey: 'key' }, { id }] as const;
  const served = await serveGateway({
    plugins: [
      [openai, {}],
      [anthropic, {}],
      provider(first, 'big'),
      provider(second, 'small'),
      ...(old === undefined ? [] : [[cache, {}]]),
      [degrade, options],
    ] as never,
    models: { m: ['big/large'], 'm-small': ['small/small'] },
  });
  return {
    big: first,
    small: second,
    served,
    chat: (fields = {}) =>
      ask(`${served.url}/v1/chat/completions`, {
        body: { model: 'm', messages: [{ role: 'user', content: 'x' }], ...fields },
      }),
    [Symbol.asyncDispose]: async () => {
      await served.close();
      await first.close();
      await second.close();
    },
  };
}

test('when all has failed a smaller model answers, and the reply says so', async () => {
  await using at = await pair(fails(500), reply.json(200, whole('smaller')), { model: 'm-small', text: 'Sorry.' });
  const answered = await at.chat();
  assert.equal(answered.status, 200);
  assert.match(answered.text, /smaller/);
  assert.equal(answered.headers.get('x-tapgate-degraded'), 'model');
  assert.equal(answered.headers.get('x-tapgate-model'), 'small');
  assert.equal(at.served.settled[0]?.settlement.fellBack, true);
});

test('when that fails too it is asked once, and the text is said', async () => {
  await using at = await pair(fails(500), fails(500), { model: 'm-small', text: 'Sorry.' });
  const answered = await at.chat();
  assert.match(answered.text, /Sorry\./);
  assert.deepEqual(validateChatReply(answered.json()), []);
  assert.equal(answered.headers.get('x-tapgate-degraded'), 'text');
  assert.equal(at.small.requests.length, 1);
  assert.equal(at.served.settled[0]?.settlement.answeredBy, 'degrade');
  assert.equal(at.served.settled[0]?.settlement.outcome, 'ok');
});

test('where nothing is left the error stands, and is not called an answer', async () => {
  await using at = await pair(fails(500), fails(500), { model: 'm-small' });
  const answered = await at.chat();
  assert.equal(answered.status, 502);
  assert.equal(answered.headers.get('x-tapgate-degraded'), undefined);
});

test('the text is said in the client’s dialect, streamed or not', async () => {
  await using at = await pair(fails(500), fails(500), { text: 'Sorry.' });
  const streamed = await at.chat({ stream: true });
  assert.deepEqual(validateChatStream(streamed.body, { ended: 'ok', written: true }), []);
  const messages = await ask(`${at.served.url}/v1/messages`, {
    body: { model: 'm', max_tokens: 9, stream: true, messages: [{ role: 'user', content: 'x' }] },
  });
  assert.deepEqual(validateMessagesStream(messages.body, { ended: 'ok', written: true }), []);
  assert.match(messages.text, /Sorry\./);
});

test('the last good answer comes before the text', async () => {
  const old = (): Reply => ({
    ...documentReply(200, 'application/json', JSON.stringify(whole('old'))),
    dialect: 'openai-chat',
  });
  await using at = await pair(fails(500), fails(500), { text: 'Sorry.' }, old);
  const answered = await at.chat();
  assert.match(answered.text, /old/);
  assert.equal(answered.headers.get('x-tapgate-degraded'), 'stale');
  await using without = await pair(fails(500), fails(500), { text: 'Sorry.', stale: false }, old);
  assert.match((await without.chat()).text, /Sorry\./);
});

test('a cache that has none, or fails, leaves the rest as it is', async () => {
  await using none = await pair(fails(500), fails(500), { text: 'Sorry.' }, () => undefined);
  assert.match((await none.chat()).text, /Sorry\./);
  await using broken = await pair(fails(500), fails(500), { text: 'Sorry.' }, () => Promise.reject(new Error('away')));
  assert.match((await broken.chat()).text, /Sorry\./);
  await using silent = await pair(fails(500), fails(500), { text: 'Sorry.' }, () => new Promise(() => {}));
  assert.match((await silent.chat()).text, /Sorry\./);
});

for (const [what, fields] of [
  [
    'a JSON schema',
    { response_format: { type: 'json_schema', json_schema: { name: 'x', schema: { type: 'object' } } } },
  ],
  ['JSON', { response_format: { type: 'json_object' } }],
  ['a tool call', { tools: [{ type: 'function', function: { name: 'f', parameters: {} } }], tool_choice: 'required' }],
] as const) {
  test(`who asked for ${what} is given an error, not a text`, async () => {
    await using at = await pair(fails(500), fails(500), { text: 'Sorry.' });
    assert.equal((await at.chat(fields)).status, 502);
  });
}

test('the caller’s own fault is told, unless the operator wants otherwise for what is not', async () => {
  await using at = await pair(fails(400), fails(500), { text: 'Sorry.' });
  assert.equal((await at.chat()).status, 400);
  await using rejected = await pair(fails(404), fails(500), { text: 'Sorry.', on: ['rejected'] });
  assert.match((await rejected.chat()).text, /Sorry\./);
});

test('while somebody is under way it waits, and after the first content it is silent', async () => {
  const slow: Answer = async () => {
    await new Promise((resolve) => setTimeout(resolve, 60));
    return reply.json(200, whole('slow'));
  };
  const impatient = definePlugin({
    name: 'impatient',
    apiVersion: 1,
    schema: { type: 'object' },
    apply: (gateway) => {
      gateway.hooks.selectProvider.tap({ name: 'impatient', stage: stage.order }, (targets) =>
        targets.map((target) => ({ ...target, patienceMs: 5 })),
      );
    },
  });
  await using upstream = await fakeUpstream(slow);
  await using served = await serveGateway({
    plugins: [
      [openai, {}],
      [openaiCompatible, { baseUrl: `${upstream.url}/v1`, apiKey: 'key' }, { id: 'big' }],
      [impatient, {}],
      [degrade, { text: 'Sorry.' }],
    ] as never,
    models: { m: ['big/large'] },
  });
  const answered = await ask(`${served.url}/v1/chat/completions`, {
    body: { model: 'm', messages: [{ role: 'user', content: 'x' }] },
  });
  assert.match(answered.text, /slow/);
});

pluginContract(test, {
  plugin: degrade,
  options: { text: 'Sorry.' },
  badOptions: [{ on: ['caller'] }, { text: '' }, { model: 3 }],
  module: import.meta.resolve('./index.ts'),
});
