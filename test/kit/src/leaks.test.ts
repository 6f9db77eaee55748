import assert from 'node:assert/strict';
import test from 'node:test';
import { ask } from './ask.ts';
import type { RuleContext, Test } from './contract/rule.ts';
import { fakeUpstream } from './fake-upstream/fake-upstream.ts';
import { reply } from './fake-upstream/reply.ts';
import { step } from './fake-upstream/step.ts';
import { leakProbes, type LeakOptions } from './leaks.ts';

/** Runs a body as a probed test, and gives what it failed with. */
async function probed(
  body: (context: RuleContext) => Promise<void>,
  options?: LeakOptions,
): Promise<string | undefined> {
  let result: Promise<void> | undefined;
  const runner: Test = (_name, run) => {
    result = run({});
  };
  leakProbes(runner, { graceMs: 50, ...options })('probed', body);
  return result?.then(
    () => undefined,
    (error: Error) => error.message,
  );
}

test('a test that cleans up passes, and its own failure stays its own', async () => {
  const before = process.listenerCount('unhandledRejection');
  const clean = await probed(async () => {
    await using upstream = await fakeUpstream(reply.json(200, {}));
    await ask(upstream.url);
  });
  assert.equal(clean, undefined);
  const own = await probed(async () => {
    throw new Error('mine');
  });
  assert.equal(own, 'mine');
  assert.equal(process.listenerCount('unhandledRejection'), before);
});

test('a request that an upstream is still answering is a leak', async () => {
  const upstream = await fakeUpstream([step.head(200), step.stall()]);
  const leaving = new AbortController();
  const asked = ask(upstream.url, { signal: leaving.signal });
  const found = await probed(async () => void (await upstream.request(0)));
  assert.match(found ?? '', /leaks 1 requests on their way at http/);
  leaving.abort();
  await asked;
  await upstream.close();
});

test('a request that ends within the grace is none', async () => {
  await using upstream = await fakeUpstream([step.sleep(30), ...reply.json(200, {})]);
  const asked = ask(upstream.url);
  assert.equal(await probed(async () => void (await upstream.request(0)), { graceMs: 5000 }), undefined);
  await asked;
});

test('a rejection that nobody handles is a leak', async () => {
  // The runner takes a rejection for the running test's failure; it is kept from seeing this one.
  const others = process.listeners('unhandledRejection');
  process.removeAllListeners('unhandledRejection');
  try {
    const found = await probed(async () => void Promise.reject(new Error('forgotten')));
    assert.match(found ?? '', /leaks a rejection without a handler: Error: forgotten/);
  } finally {
    for (const listener of others) process.on('unhandledRejection', listener);
  }
});

test('what stays in flight is a leak', async () => {
  assert.match((await probed(async () => {}, { inFlight: () => 2 })) ?? '', /2 exchanges in flight/);
});
