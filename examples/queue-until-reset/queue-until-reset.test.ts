import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assemble, listen, type LiveGateway, loadConfig } from '@tapgate/core';
import { ask, type Answered, fakeUpstream, type FakeUpstream, reply } from '@tapgate/test-kit';

const answer = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1_760_000_000,
  model: 'llama3.2',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
};
const refusal = { error: { message: 'Too many requests.', type: 'rate_limit_error' } };

interface Example extends AsyncDisposable {
  readonly gateway: LiveGateway;
  readonly upstream: FakeUpstream;
  /** Requests that the provider refused. */
  readonly refused: () => number;
  readonly chat: (signal?: AbortSignal) => Promise<Answered>;
  readonly lines: () => Promise<readonly { readonly resource: string; readonly waiting: number }[]>;
}

/** The gateway of this folder's config, before a provider that answers so many requests in each second and refuses the others. */
async function started(perSecond: number): Promise<Example> {
  await using opened = new AsyncDisposableStack();
  let [second, count, refused] = [0, 0, 0];
  const upstream = opened.use(
    await fakeUpstream(() => {
      if (Date.now() >= second + 1000) [second, count] = [Date.now(), 0];
      count += 1;
      if (count <= perSecond) return reply.json(200, answer);
      refused += 1;
      return reply.json(429, refusal, { 'retry-after-ms': String(Math.max(1, second + 1000 - Date.now())) });
    }),
  );
  const loaded = await loadConfig({ cwd: import.meta.dirname, env: { LIMITED_BASE_URL: `${upstream.url}/v1` } });
  const server = { ...loaded.config.server, port: 0, adminPort: 0 };
  const gateway = assemble({ ...loaded, config: { ...loaded.config, server, log: { level: 'silent' } } });
  opened.defer(() => gateway.close());
  const listening = await listen(gateway);
  opened.defer(() => listening.close());
  const body = { model: 'assistant', messages: [{ role: 'user', content: 'Hi' }] };
  const open = opened.move();
  return {
    gateway,
    upstream,
    refused: () => refused,
    chat: (signal) =>
      ask(`http://127.0.0.1:${listening.port}/v1/chat/completions`, signal === undefined ? { body } : { body, signal }),
    lines: async () => {
      const answered = await ask(`http://127.0.0.1:${listening.adminPort}/queue/lines`, { method: 'GET' });
      return (answered.json() as { lines: readonly { resource: string; waiting: number }[] }).lines;
    },
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}

async function come(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await isSo()); tries += 1) {
    assert.ok(tries < 1000, 'it did not come to pass');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

test('twice as many requests as the limit allows: all are answered, those that are too many after it has reset', async () => {
  await using example = await started(8);
  const answers = await Promise.all(Array.from({ length: 16 }, () => example.chat()));
  assert.deepEqual(
    answers.map(({ status }) => status),
    answers.map(() => 200),
  );
  const waited = answers.map(({ headers }) => Number(headers.get('x-tapgate-queue-wait-ms') ?? 0));
  assert.ok(
    waited.some((ms) => ms > 200),
    String(waited),
  );
  // Those that were under way when the first was refused could not know; nobody else was sent in vain.
  assert.ok(example.refused() >= 1 && example.refused() <= 8, `${example.refused()} were refused`);
  assert.equal(example.upstream.requests.length, 16 + example.refused());
});

test('a client that leaves while it waits is never sent', async () => {
  await using example = await started(1);
  await example.chat();
  // The second is refused, and waits for the provider's time.
  const second = example.chat();
  await come(async () => (await example.lines()).some(({ resource }) => resource.startsWith('failover:')));
  const asked = example.upstream.requests.length;
  const leaving = new AbortController();
  const third = example.chat(leaving.signal);
  await come(async () => (await example.lines()).some(({ waiting }) => waiting === 2));
  leaving.abort();
  await third;
  assert.equal((await second).status, 200);
  await come(() => example.gateway.inFlight === 0);
  assert.equal(example.upstream.requests.length, asked + 1);
});
