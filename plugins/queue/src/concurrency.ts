import { type Attempt, type Gateway, type Provider, type Queue, type Reply, stage, type Target } from '@tapgate/core';
import type { QueueOptions } from './options.ts';
import { type Limit, Slots } from './slots.ts';

/** Lets only so many calls be under way at a provider, or at one model there; the others wait. */
export function limitConcurrency(gateway: Gateway, queue: Queue, concurrency: QueueOptions['concurrency']): void {
  if (typeof concurrency === 'object' && Object.keys(concurrency).length === 0) return;
  const slots = gateway.share('queue:slots', () => new Slots());

  const call = async (provider: Provider, attempt: Attempt, limits: readonly Limit[]): Promise<Reply> => {
    // Who comes new stands behind those who wait.
    let full = limits.find(([name]) => queue.waiting(lineOf(name)) > 0) ?? slots.take(limits);
    while (full !== undefined) {
      const [name, limit] = full;
      const resource = lineOf(name);
      const untilMs = (queue.waiting(resource) * slots.usualMs(name)) / limit;
      const reason = `calls to ${name} at a time are limited to ${limit}`;
      await queue.wait(attempt.exchange, { resource, until: Date.now() + untilMs, reason, signal: attempt.signal });
      full = slots.take(limits);
    }
    const startedAt = Date.now();
    void attempt.ended().then(() => {
      slots.give(limits, Date.now() - startedAt);
      for (const [name] of limits) queue.freed(lineOf(name));
      return undefined;
    });
    return provider.call(attempt);
  };

  gateway.wrap({ name: 'queue', stage: stage.limit }, (provider) => ({
    ...provider,
    call: (attempt) => {
      const limits = limitsOf(concurrency, attempt.target);
      return limits.length === 0 ? provider.call(attempt) : call(provider, attempt, limits);
    },
  }));
}

function limitsOf(concurrency: QueueOptions['concurrency'], { provider, model }: Target): readonly Limit[] {
  const deployment = `${provider}/${model}`;
  if (typeof concurrency === 'number') return [[deployment, concurrency]];
  // The narrower first: who waits for it does not stand in the way of the others.
  return [deployment, provider].flatMap((name) => {
    const limit = Object.hasOwn(concurrency, name) ? concurrency[name] : undefined;
    return limit === undefined ? [] : [[name, limit] as const];
  });
}

function lineOf(name: string): string {
  return `queue:${name}`;
}
