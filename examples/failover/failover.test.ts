import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assemble, listen, loadConfig } from '@tapgate/core';
import { type Answer, ask, type Answered, fakeUpstream, type FakeUpstream, reply } from '@tapgate/test-kit';

const saying = (content: string): Answer =>
  reply.json(200, {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1_760_000_000,
    model: 'llama3.2',
    choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
  });

interface Example extends AsyncDisposable {
  readonly first: FakeUpstream;
  readonly second: FakeUpstream;
  readonly chat: () => Promise<Answered>;
  readonly targets: () => Promise<readonly { readonly name: string; readonly state: string }[]>;
}

/** The gateway of this folder's config, with two servers of its own. */
async function started(): Promise<Example> {
  await using opened = new AsyncDisposableStack();
  const first = opened.use(await fakeUpstream(saying('first')));
  const second = opened.use(await fakeUpstream(saying('second')));
  const env = { FIRST_BASE_URL: `${first.url}/v1`, SECOND_BASE_URL: `${second.url}/v1` };
  const loaded = await loadConfig({ cwd: import.meta.dirname, env });
  const server = { ...loaded.config.server, port: 0, adminPort: 0 };
  const gateway = assemble({ ...loaded, config: { ...loaded.config, server, log: { level: 'silent' } } });
  opened.defer(() => gateway.close());
  const listening = await listen(gateway);
  opened.defer(() => listening.close());
  const body = { model: 'assistant', messages: [{ role: 'user', content: 'Hi' }] };
  const open = opened.move();
  return {
    first,
    second,
    chat: () => ask(`http://127.0.0.1:${listening.port}/v1/chat/completions`, { body }),
    targets: async () => {
      const answered = await ask(`http://127.0.0.1:${listening.adminPort}/failover/targets`, { method: 'GET' });
      return (answered.json() as { targets: readonly { name: string; state: string }[] }).targets;
    },
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}

test('while one server is down the other answers, and after a while the first is not asked any more', async () => {
  await using example = await started();
  example.first.answer(reply.hangUp('reset'));
  for (let request = 0; request < 30; request += 1) {
    const answered = await example.chat();
    assert.equal(answered.status, 200, answered.text);
    assert.match(answered.text, /second/);
  }
  assert.ok(example.first.requests.length <= 8, `${example.first.requests.length} calls to the one that is down`);
});

test('with both down there is an answer all the same, and it says what it is', async () => {
  await using example = await started();
  example.first.answer(reply.hangUp('reset'));
  example.second.answer(reply.json(500, { error: { message: 'down', type: 'server_error' } }));
  for (let request = 0; request < 12; request += 1) {
    const answered = await example.chat();
    assert.equal(answered.status, 200, answered.text);
    assert.match(answered.text, /not available at the moment/);
    assert.equal(answered.headers.get('x-tapgate-degraded'), 'text');
  }
  const left = (await example.targets()).map(({ name, state }) => `${name} ${state}`).toSorted();
  assert.deepEqual(left, ['first/llama3.2 open', 'second/llama3.2 open']);
});
