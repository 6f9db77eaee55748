import assert from 'node:assert/strict';
import { test } from 'node:test';
import failover from '@tapgate/failover';
import { type Answer, reply, step } from '@tapgate/test-kit';
import { chunk, eventually, fails, OpenStore, says, world } from './world.test.ts';

const quick = [failover, { retry: { baseMs: 1, maxMs: 1 } }];

test('a provider is asked no more than it may be, and what goes beyond goes to the next, which nobody blames for it', async () => {
  await using at = await world(
    { limits: [{ name: 'of a', per: 'provider', only: { provider: 'a' }, requests: 2, window: '1m' }] },
    { plugins: [quick] },
  );
  for (let count = 0; count < 6; count += 1) assert.equal((await at.chat()).status, 200);
  assert.equal(at.upstream.requests.length, 2);
  assert.equal(at.second.requests.length, 4);
  const records = (await at.settled(6)).flatMap(({ exchange }) => exchange.attempts);
  const refused = records.filter(({ error }) => error?.code === 'LIMIT_REACHED');
  assert.equal(refused.length, 4);
  for (const { failure, result } of refused) assert.deepEqual([result, failure], ['failed', 'rejected']);
});

test('where every target is at its limit the client is told, with the soonest of their times', async () => {
  await using at = await world(
    {
      limits: [
        { name: 'of a', per: 'provider', only: { provider: 'a' }, requests: 1, window: '1h' },
        { name: 'of b', per: 'provider', only: { provider: 'b' }, requests: 1, window: '1m' },
      ],
    },
    { plugins: [quick] },
  );
  await at.chat();
  await at.chat();
  const refused = await at.chat();
  assert.equal(refused.status, 429, refused.text);
  assert.equal(refused.headers.get('x-tapgate-limit'), 'of b');
  const seconds = Number(refused.headers.get('retry-after'));
  assert.ok(seconds > 50 && seconds < 70, String(seconds));
});

test('limits of a key at a provider count that key there alone', async () => {
  await using at = await world({ limits: [{ per: ['key', 'target'], requests: 1, window: '1m' }] });
  assert.equal((await at.chat({}, { model: 'only-a' })).status, 200);
  assert.equal((await at.chat({}, { model: 'only-a' })).status, 429);
  assert.equal((await at.chat({}, { model: 'only-b' })).status, 200);
  assert.equal((await at.chat({}, { model: 'only-a', who: 'bob' })).status, 200);
});

test('tokens at a provider are settled attempt by attempt, a failed one at nothing', async () => {
  await using at = await world(
    { limits: [{ name: 'l', per: 'provider', tokens: 100_000, concurrent: 5, window: '1m' }] },
    { answer: fails(500), second: says(), plugins: [quick] },
  );
  assert.equal((await at.chat()).status, 200);
  await at.settled(1);
  await eventually(async () => (await at.store.spent('l:concurrent')) === 0n);
  assert.equal(await at.store.spent('l:tokens:provider=a'), 0n);
  assert.equal(await at.store.spent('l:tokens:provider=b'), 12n);
});

test('a hedge counts at its provider, and its loser gives its place back', async () => {
  const hangs: Answer = [step.stall()];
  const stream = reply.sse(`${chunk({ role: 'assistant', content: 'b' })}${chunk({}, 'stop')}data: [DONE]\n\n`);
  await using at = await world(
    { limits: [{ name: 'l', per: 'provider', requests: 10, concurrent: 5, window: '1m' }] },
    { answer: hangs, second: stream, plugins: [[failover, { patienceMs: 40, onSlow: 'hedge' }]] },
  );
  const answered = await at.chat({ stream: true });
  assert.equal(answered.status, 200);
  await at.settled(1);
  await eventually(async () => (await at.store.spent('l:concurrent')) === 0n);
  assert.equal(await at.store.spent('l:requests:provider=a'), 1n);
  assert.equal(await at.store.spent('l:requests:provider=b'), 1n);
});

test('an attempt that is refused costs its caller nothing', async () => {
  await using at = await world({
    limits: [
      { name: 'caller', per: 'key', tokens: 100_000, window: '1m' },
      { name: 'place', per: 'provider', requests: 1, window: '1m' },
    ],
  });
  await at.chat({}, { model: 'only-a' });
  assert.equal((await at.chat({}, { model: 'only-a' })).status, 429);
  await at.settled(2);
  assert.equal(await at.store.spent('caller'), 12n);
});

test('shadow at a provider refuses nothing', async () => {
  await using at = await world({ limits: [{ name: 'l', per: 'provider', requests: 1, window: '1m', shadow: true }] });
  for (let count = 0; count < 3; count += 1) assert.equal((await at.chat({}, { model: 'only-a' })).status, 200);
  assert.equal(await at.store.spent('l:'), 1n);
  const notes = (await at.settled(3)).flatMap(({ settlement }) => settlement.notes);
  assert.equal(notes.filter(({ reason }) => reason.includes('"l" would refuse')).length, 2);
});

const left = (remaining: number, limit = 60, reset = '30s'): Record<string, string> => ({
  'x-ratelimit-limit-requests': String(limit),
  'x-ratelimit-remaining-requests': String(remaining),
  'x-ratelimit-reset-requests': reset,
});

test('a provider that says it has nothing left is not asked, and the next one is', async () => {
  await using at = await world({}, { answer: says(undefined, left(0, 60, '1h')), second: says(), plugins: [quick] });
  for (let count = 0; count < 4; count += 1) assert.equal((await at.chat()).status, 200);
  assert.equal(at.upstream.requests.length, 1);
  assert.equal(at.second.requests.length, 3);
});

test('with nobody else to ask the client is told when there will be some left', async () => {
  await using at = await world({}, { answer: says(undefined, left(0, 60, '30s')) });
  await at.chat({}, { model: 'only-a' });
  const refused = await at.chat({}, { model: 'only-a' });
  assert.equal(refused.status, 429);
  assert.match(refused.text, /allows no more requests for now/);
  // One of sixty comes back in a half second.
  assert.equal(refused.headers.get('retry-after'), '1');
  await eventually(async () => (await at.chat({}, { model: 'only-a' })).status === 200);
});

test('what was sent since the last word counts: no more go at once than there are left', async () => {
  let go = (): void => {};
  const until = new Promise<void>((resolve) => (go = resolve));
  await using at = await world({}, { answer: [step.wait(until), ...(says(undefined, left(2)) as [])] });
  at.upstream.queue(says(undefined, left(3, 60, '1h')));
  await at.chat({}, { model: 'only-a' });
  const answers = Array.from({ length: 8 }, () => at.chat({}, { model: 'only-a' }));
  await at.settled(6);
  go();
  const statuses = (await Promise.all(answers)).map(({ status }) => status);
  assert.equal(statuses.filter((status) => status === 200).length, 3);
  assert.equal(at.upstream.requests.length, 4);
});

test('a request that is too large for the tokens that are left waits, a smaller one does not', async () => {
  const headers = {
    'anthropic-ratelimit-input-tokens-limit': '100000',
    'anthropic-ratelimit-input-tokens-remaining': '1000',
    'anthropic-ratelimit-input-tokens-reset': new Date(Date.now() + 60_000).toISOString(),
  };
  await using at = await world({}, { answer: says(undefined, headers) });
  await at.chat({}, { model: 'only-a' });
  const large = { messages: [{ role: 'user', content: 'word '.repeat(4000) }] };
  assert.equal((await at.chat(large, { model: 'only-a' })).status, 429);
  assert.equal((await at.chat({}, { model: 'only-a' })).status, 200);
});

test('one that says 429 and for how long is left alone so long, in its headers or in its words', async () => {
  await using at = await world({}, { answer: fails(429, { 'retry-after': '20' }) });
  assert.equal((await at.chat({}, { model: 'only-a' })).status, 429);
  const refused = await at.chat({}, { model: 'only-a' });
  assert.equal(refused.status, 429);
  assert.ok(Number(refused.headers.get('retry-after')) >= 19);
  assert.equal(at.upstream.requests.length, 1);
});

test('what is refused in a provider’s place counts as no request there', async () => {
  for (const atOnce of [true, false]) {
    await using at = await world(
      { limits: [{ name: 'l', per: 'provider', requests: 10, window: '1m' }] },
      { answer: says(undefined, left(0, 60, '1h')), store: new OpenStore({ atOnce }) },
    );
    await at.chat({}, { model: 'only-a' });
    assert.equal((await at.chat({}, { model: 'only-a' })).status, 429);
    await at.settled(2);
    await eventually(async () => at.store.settles > 0 && (await at.store.spent('l:requests')) === 1n);
  }
});

test('learning can be left off', async () => {
  await using at = await world({ learn: false }, { answer: says(undefined, left(0)) });
  for (let count = 0; count < 3; count += 1) assert.equal((await at.chat({}, { model: 'only-a' })).status, 200);
  assert.equal(at.upstream.requests.length, 3);
});

test('a provider’s own limits are not told to clients, who share it with others', async () => {
  await using at = await world({}, { answer: says(undefined, left(41)) });
  const { headers } = await at.chat({}, { model: 'only-a' });
  for (const name of headers.keys()) assert.ok(!name.includes('ratelimit'), name);
});
