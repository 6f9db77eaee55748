import assert from 'node:assert/strict';
import test from 'node:test';
import { ask } from './ask.ts';
import { fakeUpstream } from './fake-upstream/fake-upstream.ts';
import { reply } from './fake-upstream/reply.ts';
import { step } from './fake-upstream/step.ts';

test('an answer is given whole, with its pieces', async () => {
  await using upstream = await fakeUpstream([step.head(201, { 'x-odd': 'é' }), step.write('{"a":'), step.write('1}')]);
  const { status, text, chunks, complete, json } = await ask(upstream.url, { body: { say: 'hi' } });
  assert.deepEqual([status, text, chunks.length, complete, json()], [201, '{"a":1}', 2, true, { a: 1 }]);
  assert.equal(upstream.requests[0]?.headers.get('content-type'), 'application/json');
  assert.deepEqual(upstream.requests[0].json(), { say: 'hi' });
});

test('a broken answer is what came of it, and no answer is status 0', async () => {
  await using upstream = await fakeUpstream(reply.sse('data: 1\n\n', { cutAt: 4 }));
  const cut = await ask(upstream.url);
  assert.deepEqual([cut.status, cut.text, cut.complete], [200, 'data', false]);
  upstream.answer(reply.hangUp());
  assert.equal((await ask(upstream.url)).status, 0);
  await upstream.close();
  assert.equal((await ask(upstream.url.replace(/\d+$/, '1'))).status, 0);
});

test('a client that leaves gets what had come, and its socket is gone', async () => {
  await using upstream = await fakeUpstream([step.head(200), step.write('data: 1\n\n'), step.stall()]);
  const leaving = new AbortController();
  const { text, complete } = await ask(upstream.url, { signal: leaving.signal, onChunk: () => leaving.abort() });
  assert.deepEqual([text, complete], ['data: 1\n\n', false]);
  await upstream.requests[0]?.closed;
  assert.equal(upstream.requests[0]?.aborted, true);
});
