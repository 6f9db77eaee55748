import assert from 'node:assert/strict';
import { collectBytes, type LiveGateway, type Outcome } from '@tapgate/core';
import type { Rule } from '../rule.ts';
import { added, addedForGood, resourcesNow } from './resources.ts';
import { stub } from './stub.ts';
import { gatewayFor, use, type PluginSubject } from './subject.ts';

export const lifeRules: readonly Rule<PluginSubject>[] = [
  {
    name: 'apply opens nothing: that waits for ready',
    check: async (subject) => {
      const gateway = gatewayFor(subject);
      const before = resourcesNow();
      use(gateway, subject);
      const opened = added(before);
      await gateway.close();
      assert.deepEqual(opened, []);
    },
  },
  {
    name: 'what it opens it closes',
    check: async (subject) => {
      // The first of all gateways loads what stays loaded.
      const first = gatewayFor(subject);
      await first.ready();
      await first.close();
      const before = resourcesNow();
      const gateway = gatewayFor(subject);
      use(gateway, subject);
      await gateway.ready();
      await gateway.close();
      assert.deepEqual(await addedForGood(before, 2000), []);
    },
  },
  {
    name: 'closing it before it was ready, or twice, does no harm',
    check: async (subject) => {
      const unopened = gatewayFor(subject);
      use(unopened, subject);
      await unopened.close();
      const gateway = gatewayFor(subject);
      use(gateway, subject);
      await gateway.ready();
      const instance = gateway.instances.at(-1);
      await instance?.lifecycle?.close?.();
      await gateway.close();
    },
  },
  {
    name: 'two of it stand side by side under two ids',
    skip: ({ single }) => single,
    check: async (subject) => {
      const gateway = gatewayFor(subject);
      use(gateway, subject, subject.options, 'kit-one');
      use(gateway, subject, subject.options, 'kit-two');
      await gateway.ready();
      await gateway.close();
    },
  },
  {
    name: 'an exchange of which nothing is known passes it, or is refused: it never fails itself',
    check: checkExchanges,
  },
];

/** Asks for everything that can happen to an exchange, without a header, a caller, a state or a body. */
async function checkExchanges(subject: PluginSubject): Promise<void> {
  const gateway = gatewayFor(subject);
  use(gateway, subject);
  gateway.use<unknown>(stub, {});
  await gateway.ready();
  const asked = ['good', 'bad', 'cut', 'slow'].flatMap((model) => [`/stub/chat/${model}`, `/stub/stream/${model}`]);
  const ends: string[] = [];
  for (const path of asked) ends.push(`${path}: ${await outcomeOf(gateway, path)}`);
  await gateway.explain({ dialect: 'stub', path: '/stub/chat/good', body: Buffer.alloc(0) });
  await gateway.close();
  assert.deepEqual([...gateway.failures.keys()], [], 'it threw, was late, or returned what its hook does not take');
  assert.deepEqual(
    ends.filter((end) => end.endsWith('gateway-error')),
    [],
  );
}

async function outcomeOf(gateway: LiveGateway, path: string): Promise<Outcome> {
  const leaving = new AbortController();
  const slow = path.endsWith('slow');
  const timer = slow ? setTimeout(() => leaving.abort(), 30) : undefined;
  const dialectPath = path.replace(/[^/]+$/, (model) => encodeURIComponent(`test-kit-stub/${model}`));
  const handled = await gateway.handle({
    dialect: 'stub',
    path: dialectPath,
    body: Buffer.alloc(0),
    signal: leaving.signal,
  });
  await collectBytes(handled.bytes).catch(() => {});
  clearTimeout(timer);
  return (await handled.settled).outcome;
}
