import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import test from 'node:test';
import { fakeUpstream } from './fake-upstream/fake-upstream.ts';
import { fixtureOrSkip, fixtures, fixturesFolder, noFixtures, replay } from './replay.ts';
import { readSse } from './sse.ts';

const skip = fixturesFolder() === undefined ? noFixtures : false;

/** Runs `body` with the recordings looked for elsewhere. */
function elsewhere(folder: string, body: () => void): void {
  const before = process.env['TAPGATE_FIXTURES'];
  process.env['TAPGATE_FIXTURES'] = folder;
  try {
    body();
  } finally {
    if (before === undefined) delete process.env['TAPGATE_FIXTURES'];
    else process.env['TAPGATE_FIXTURES'] = before;
  }
}

test('without recordings there are none, and a test that needs one is skipped with the reason', () => {
  elsewhere(tmpdir(), () => {
    assert.deepEqual(fixtures(), []);
    let reason: string | undefined;
    assert.equal(fixtureOrSkip({ skip: (said) => (reason = said) }, 'openai/chat-text'), undefined);
    assert.equal(reason, noFixtures);
  });
});

test('recordings are found by what they are', { skip }, () => {
  assert.ok(fixtures().length > 200);
  const google = fixtures({ dialect: 'google-generate', streamed: true });
  assert.ok(google.length > 5);
  assert.ok(google.every((fixture) => fixture.dialect === 'google-generate' && fixture.streamed));
  assert.ok(fixtures({ provider: ['openai', 'azure'], ok: false }).every(({ status }) => status >= 400));
  assert.ok(fixtures({ recorded: false }).length < 10);
  assert.deepEqual(
    fixtures({ name: 'openai/chat-text-stream' }).map(({ name }) => name),
    ['openai/chat-text-stream'],
  );
});

test('an answer that failed or was cut is told from a whole one', { skip }, () => {
  const cut = fixtures({ dialect: 'openai-chat', streamed: true, ok: true, whole: false }).map(({ name }) => name);
  for (const name of ['openrouter/truncated-stream', 'groq/midstream-error', 'openai/chat-empty-stream-body']) {
    assert.ok(cut.includes(name), name);
  }
  assert.ok(!cut.includes('openai/chat-text-stream'));
  assert.ok(!cut.includes('sglang/text-stream-empty-finish'));
});

test('a recording that does not exist is an error, not a skip', { skip }, (context) => {
  assert.throws(() => fixtureOrSkip(context, 'openai/no-such-case'), /no recording named "openai\/no-such-case"/);
});

test('events without framing are framed as their dialect frames them', { skip }, (context) => {
  const messages = readSse(fixtureOrSkip(context, 'anthropic/tool-no-args-stream')?.bytes ?? '');
  assert.ok(messages.every(({ event, data }) => (JSON.parse(data) as { type: string }).type === event));
  const chat = readSse(fixtureOrSkip(context, 'alibaba/tool-stream')?.bytes ?? '');
  assert.equal(chat.at(-1)?.data, '[DONE]');
  assert.ok(chat.every(({ event }) => event === undefined));
});

test('a request stands beside its answer where it was recorded', { skip }, (context) => {
  const fixture = fixtureOrSkip(context, 'anthropic/cache-write-read-turn1');
  assert.equal(fixture?.request?.path, '/v1/messages?beta=true');
  assert.equal(typeof JSON.parse(Buffer.from(fixture.request.body).toString()), 'object');
  assert.equal(fixture.headers.get('content-type'), 'application/json');
});

test('a replayed recording arrives byte for byte, at every way of writing it', { skip }, async (context) => {
  for (const name of ['openai/chat-tool-stream', 'gemini/text-stream', 'bedrock/text-stream', 'openrouter/text']) {
    const fixture = fixtureOrSkip(context, name);
    assert.ok(fixture);
    for (const options of [{}, { chunkSize: 7 }, { chunks: [fixture.bytes] }]) {
      await using upstream = await fakeUpstream(replay(fixture, options));
      const sent = httpRequest(upstream.url, { method: 'POST', agent: false }).end();
      const [response] = (await once(sent, 'response')) as [IncomingMessage];
      const body = Buffer.concat(await response.toArray());
      assert.equal(response.statusCode, fixture.status);
      assert.ok(body.equals(fixture.bytes), name);
    }
  }
});
