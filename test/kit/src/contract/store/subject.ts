import { setTimeout as wait } from 'node:timers/promises';
import type { Claim, Store } from '@tapgate/core';

/** A store that was opened for one rule: it is empty, or its keys are its own. */
export interface OpenStore {
  readonly store: Store;
  /** The same store as another process sees it. */
  readonly other?: Store;
  close(): void | Promise<void>;
}

/** A clock that the store goes by, where the test can set it. */
export interface StoreClock {
  /** Milliseconds since 1970. */
  now(): number;
  advance(ms: number): void | Promise<void>;
}

/** A store and how to come by it. */
export interface StoreSubject {
  open(): OpenStore | Promise<OpenStore>;
  /** Several processes share it: `open` gives the view of another one too. */
  readonly shared?: true;
  /** Absent: the store goes by the time of day, and the rules wait. */
  readonly clock?: StoreClock;
  /** The part of a window by which an amount may leave it late; an eighth, unless it says otherwise. */
  readonly slack?: number;
}

/** A subject while a rule runs. */
export interface Trial extends OpenStore {
  /** The length of a window that the rule can wait for, milliseconds. */
  readonly windowMs: number;
  readonly slackMs: number;
  readonly now: () => number;
  readonly pass: (ms: number) => Promise<void>;
  /** Reserves under an id of its own and tells whether it was granted. */
  readonly take: (claims: readonly Claim[], id?: string, leaseMs?: number) => Promise<boolean>;
}

/** Long enough to outlast every rule. */
export const longMs = 3_600_000;

/** Runs a rule on a store of its own. */
export async function withTrial(subject: StoreSubject, body: (trial: Trial) => Promise<void>): Promise<void> {
  const opened = await subject.open();
  const { clock } = subject;
  const windowMs = clock ? 64_000 : 1000;
  let count = 0;
  const trial: Trial = {
    ...opened,
    close: () => opened.close(),
    windowMs,
    slackMs: windowMs * (subject.slack ?? 1 / 8),
    now: () => clock?.now() ?? Date.now(),
    pass: async (ms) => {
      if (clock) await clock.advance(ms);
      else await wait(ms);
    },
    take: async (claims, id = `take-${count++}`, leaseMs = longMs) =>
      (await opened.store.reserve(id, claims, leaseMs)).granted,
  };
  try {
    await body(trial);
  } finally {
    await opened.close();
  }
}

/** A claim on a counter. */
export function claim(key: string, amount: bigint, limit: bigint, windowMs: Claim['windowMs'] = longMs): Claim {
  return { key, amount, limit, windowMs };
}

/** Bytes of a text. */
export const text = (value: string): Uint8Array => Buffer.from(value);

/** The text of bytes, and nothing of nothing. */
export const textOf = (bytes: Uint8Array | undefined): string | undefined =>
  bytes && Buffer.from(bytes).toString('utf8');
