import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Around, Attempt, Gateway, Provider, Queue, QueueTurn } from '@tapgate/core';
import { limitConcurrency } from './concurrency.ts';

interface Call {
  readonly attempt: Attempt;
  readonly end: () => void;
}

/** The wrap around a provider that never answers, with a queue that lets go only who is let go by the test. */
function wrapped(concurrency: number | Record<string, number>): {
  readonly wraps: readonly Around[];
  readonly call: (provider: string, model?: string) => Call;
  readonly called: string[];
  readonly turns: QueueTurn[];
  readonly freed: string[];
  readonly letGo: (number: number) => void;
} {
  const [wraps, called, turns, freed]: [Around[], string[], QueueTurn[], string[]] = [[], [], [], []];
  const waiting = new Map<number, () => void>();
  const queue: Queue = {
    wait: (_, turn) => {
      turns.push(turn);
      return new Promise((resolve) => waiting.set(turns.length - 1, resolve));
    },
    waiting: (resource) => turns.filter((turn, at) => turn.resource === resource && waiting.has(at)).length,
    freed: (resource) => void freed.push(resource),
  };
  const gateway = {
    share: (_: string, open: () => unknown) => open(),
    wrap: (_: object, around: Around) => void wraps.push(around),
  } as unknown as Gateway;
  limitConcurrency(gateway, queue, concurrency);
  const provider = {
    call: ({ target }: Attempt) => {
      called.push(`${target.provider}/${target.model}`);
      return new Promise(() => {});
    },
  } as unknown as Provider;
  return {
    wraps,
    called,
    turns,
    freed,
    letGo: (number) => {
      waiting.get(number)?.();
      waiting.delete(number);
    },
    call: (name, model = 'm') => {
      const { promise, resolve } = Promise.withResolvers<void>();
      const target = { provider: name, model };
      const signal = new AbortController().signal;
      const attempt = { target, signal, ended: () => promise } as unknown as Attempt;
      void wraps[0]?.(provider).call(attempt);
      return { attempt, end: resolve };
    },
  };
}

const soon = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('without limits nobody is wrapped', () => {
  assert.equal(wrapped({}).wraps.length, 0);
});

test('a call beyond the limit waits, and one that ends frees its place', async () => {
  const { call, called, turns, freed, letGo } = wrapped({ a: 2 });
  const first = call('a');
  call('a', 'other');
  const third = call('a');
  call('b');
  assert.deepEqual(called, ['a/m', 'a/other', 'b/m']);
  assert.equal(turns[0]?.resource, 'queue:a');
  assert.equal(turns[0]?.signal, third.attempt.signal);
  first.end();
  await soon();
  assert.deepEqual(freed, ['queue:a']);
  letGo(0);
  await soon();
  assert.equal(called.length, 4);
});

test('who comes new stands behind those who wait, although a place is free', async () => {
  const { call, called, turns } = wrapped(1);
  const first = call('a');
  call('a');
  first.end();
  await soon();
  call('a');
  assert.equal(turns.length, 2);
  assert.deepEqual(called, ['a/m']);
});

test('one that is let go and finds no place waits again', async () => {
  const { call, called, turns, letGo } = wrapped(1);
  call('a');
  call('a');
  letGo(0);
  await soon();
  assert.equal(turns.length, 2);
  assert.deepEqual(called, ['a/m']);
});

test('a number is for each model at each provider by itself', () => {
  const { call, called } = wrapped(1);
  for (const [provider, model] of [
    ['a', 'x'],
    ['a', 'y'],
    ['b', 'x'],
    ['a', 'x'],
  ] as const)
    call(provider, model);
  assert.deepEqual(called, ['a/x', 'a/y', 'b/x']);
});

test('names of the prototype are no limits', () => {
  const { call, called } = wrapped({ a: 1 });
  for (let calls = 0; calls < 3; calls += 1) call('constructor', '__proto__');
  assert.equal(called.length, 3);
});
