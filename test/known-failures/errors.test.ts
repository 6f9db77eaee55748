import assert from 'node:assert/strict';
import { test as plain } from 'node:test';
import { definePlugin, stage } from '@tapgate/core';
import { type Answer, ask, leakProbes, reply, step } from '@tapgate/test-kit';
import { faultsOfError, tongues } from '../faults/tongues.ts';
import { everyPlugin, foreign, world, type World } from './world.ts';

const test = leakProbes(plain as never);

const breaks = definePlugin({
  name: 'breaks',
  apiVersion: 1,
  schema: { type: 'object' },
  apply(gateway) {
    gateway.hooks.beforeRoute.tap({ name: 'breaks', stage: stage.guard }, () => {
      throw new Error('a bug in /srv/app/plugin.ts:12');
    });
  },
});

type Asked = Parameters<typeof ask>[1];

/** Each way for a request to fail: its world, what differs in the question, and the status. */
const failures: readonly (readonly [
  what: string,
  status: number,
  config: Parameters<typeof world>[1],
  differs: (question: { path: string; body: object }) => { path?: string; asked?: Asked },
  answer?: Answer,
])[] = [
  ['a missing key', 401, { plugins: everyPlugin }, () => ({})],
  [
    'a model that nobody knows',
    404,
    {},
    ({ path, body }) => ({
      path: path.replace('models/m:', 'models/nobody:'),
      asked: { body: { ...body, model: 'nobody' } },
    }),
  ],
  ['a body that is no JSON', 400, {}, () => ({ asked: { body: '{"model": "m", ' } })],
  [
    'a body that is too large',
    413,
    { server: { maxBodyBytes: 1000 } },
    ({ body }) => ({ asked: { body: { ...body, padding: 'x'.repeat(2000) } } }),
  ],
  ['a plugin that breaks', 503, { plugins: [breaks] }, () => ({})],
  ['a failure of the provider', 500, {}, () => ({}), reply.json(500, { error: 'no' })],
  ['a page of a proxy', 502, {}, () => ({}), reply.text(502, '<html>Bad Gateway</html>')],
];

// E-04, M-04
for (const [what, status, config, differs, answer] of failures) {
  test(`${what} is an error in the shape that each dialect’s clients read`, async () => {
    for (const tongue of tongues) {
      // Its model stands in the path, and its body is for the provider to refuse.
      if (tongue.dialect === 'google-generate' && what === 'a body that is no JSON') continue;
      const upstream = [tongue.dialect, answer ?? reply.json(200, tongue.whole)] as const;
      // With one provider alone every name would be a model of its.
      await using at = await world(answer === undefined ? { a: upstream, b: upstream } : { a: upstream }, config);
      for (const streamed of [true, false]) {
        const question = tongue.question(streamed);
        const { path = question.path, asked = { body: question.body } } = differs(question);
        const answered = await ask(at.url + path, asked);
        const shown = `${tongue.dialect}: ${answered.status} ${answered.text}`;
        assert.ok(status < 500 ? answered.status === status : answered.status >= 500, shown);
        assert.deepEqual(faultsOfError(tongue, answered.status, answered.text), [], shown);
        assert.notEqual(typeof (answered.json() as { error: unknown }).error, 'string', shown);
        assert.doesNotMatch(answered.text, /plugin\.ts|node:|<html>/, shown);
      }
      if (answer === undefined) assert.equal(at.calls(), 0);
    }
  });
}

test('a path that nobody serves is an error in the shape of its neighbours', async () => {
  await using at = await world({ a: ['openai-chat'] });
  const answered = await ask(`${at.url}/v1/chat/completion`, { body: { model: 'm' } });
  assert.equal(answered.status, 404);
  assert.equal(typeof (answered.json() as { error: { message?: unknown } }).error.message, 'string');
});

/** Bodies of a 400 that no API describes. */
const bodies: readonly (readonly [what: string, answer: Answer, says: RegExp])[] = [
  ['a text for its body', reply.text(400, 'the seed is bad'), /the seed is bad/],
  ['a JSON text for its body', reply.json(400, 'the seed is bad'), /the seed is bad/],
  ['a list for its body', reply.json(400, [{ message: 'the seed is bad' }]), /the seed is bad/],
  ['a detail and nothing else', reply.json(400, { detail: 'the seed is bad' }), /the seed is bad/],
  ['a code that is a number', reply.json(400, { error: { message: 'the seed is bad', code: 400 } }), /the seed is bad/],
  ['an error that is a text', reply.json(400, { error: 'the seed is bad' }), /the seed is bad/],
  [
    'a page for its body',
    reply.text(400, '<html><body><h1>the seed is bad</h1></body></html>', { 'content-type': 'text/html' }),
    /the seed is bad|400/,
  ],
  ['no body at all', [step.head(400, { 'content-length': '0' })], /400/],
];

// E-02
for (const [what, answer, says] of bodies) {
  test(`a refusal with ${what} is a refusal in every dialect, with the provider’s words`, async () => {
    for (const tongue of tongues) {
      for (const vendor of [tongue.dialect, foreign[tongue.dialect] ?? '']) {
        await using at = await world({ a: [vendor, answer] });
        const { path, body } = tongue.question(false);
        const answered = await ask(at.url + path, { body });
        const shown = `${tongue.dialect} from ${vendor}: ${answered.status} ${answered.text}`;
        assert.equal(answered.status, 400, shown);
        assert.deepEqual(faultsOfError(tongue, answered.status, answered.text), [], shown);
        assert.match(answered.text, says, shown);
        assert.doesNotMatch(answered.text, /<h1>/, shown);
      }
    }
  });
}

// E-08
test('a request that nobody answers in time is one line of the log, with what was tried', async () => {
  await using at: World = await world(
    { a: ['openai-chat', reply.stall()] },
    { upstream: { timeouts: { firstEventMs: 60 } } },
  );
  for (const streamed of [true, false]) {
    const answered = await ask(`${at.url}/v1/chat/completions`, {
      body: { model: 'm', stream: streamed, messages: [{ role: 'user', content: 'Hi' }] },
    });
    assert.equal(answered.status, 504, answered.text);
  }
  assert.deepEqual(
    at.served.settled.map(({ settlement, exchange }) => [settlement.outcome, exchange.attempts.length]),
    [
      ['timeout', 1],
      ['timeout', 1],
    ],
  );
  assert.equal(at.served.logs.filter((line) => line.includes("outcome: 'timeout'")).length, 2);
});
