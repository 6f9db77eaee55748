import assert from 'node:assert/strict';
import type { Claim } from '@tapgate/core';
import { seeded, type Seeded } from '../../seeded.ts';
import type { Rule } from '../rule.ts';
import { longMs, text, textOf, withTrial, type StoreSubject, type Trial } from './subject.ts';

const steps = 400;

/** The rule that stands for all the others: a subject that breaks another one may break it too. */
export const modelRule: Rule<StoreSubject> = {
  name: 'whatever is called in whatever order, the store agrees with a model of it',
  check: async (subject) => {
    for (const seed of [1, 2, 3]) {
      await withTrial(subject, async (trial) => {
        const walk = new Walk(trial, seed, subject.clock !== undefined);
        for (let at = 0; at < steps; at += 1) await walk.step(`step ${at} of seed ${seed}`);
      });
    }
  },
};

interface Spent {
  readonly key: string;
  readonly at: number;
  amount: bigint;
}

interface Held {
  readonly claims: readonly Claim[];
  readonly spent: readonly Spent[];
  readonly until: number;
  over: boolean;
}

/** A walk at random, beside what must be known of the store. */
class Walk {
  readonly #trial: Trial;
  readonly #random: Seeded;
  readonly #timed: boolean;
  readonly #values = new Map<string, { readonly value: string; readonly until: number }>();
  readonly #spent: Spent[] = [];
  readonly #held = new Map<string, Held>();
  #ids = 0;

  constructor(trial: Trial, seed: number, timed: boolean) {
    this.#trial = trial;
    this.#random = seeded(seed);
    this.#timed = timed;
  }

  async step(shown: string): Promise<void> {
    const kind = this.#random.integer(this.#timed ? 10 : 8);
    if (kind < 4) await this.#reserve(shown);
    else if (kind < 6) await this.#settle();
    else if (kind === 6) await this.#value(shown);
    else if (kind === 7) await this.#remove(shown);
    // Odd lengths, so that nothing falls on the very end of a window or a lease.
    else await this.#trial.pass(1 + this.#random.integer(this.#trial.windowMs / 3) * 2);
  }

  #claim(): Claim {
    const windowMs = this.#random.pick([this.#timed ? this.#trial.windowMs : longMs, 'concurrent'] as const);
    const key = this.#random.pick(['a', 'b']);
    return { key, limit: 20n, amount: BigInt(this.#random.integer(8)), windowMs };
  }

  async #reserve(shown: string): Promise<void> {
    const claims = [this.#claim(), { ...this.#claim(), key: 'c' }].slice(0, 1 + this.#random.integer(2));
    const repeated = this.#random.integer(6) === 0 ? this.#random.pick([...this.#held.keys(), 'none']) : 'none';
    const known = this.#held.get(repeated);
    const now = this.#trial.now();
    // An id whose lease has ended may be forgotten.
    const again = known !== undefined && known.until > now;
    const id = again ? repeated : `walk-${this.#ids++}`;
    const leaseMs = this.#timed ? this.#trial.windowMs / 2 + this.#random.integer(this.#trial.windowMs) : longMs;
    const asked = again ? known.claims : claims;
    const fits = asked.map((one) => this.#fits(one, now));
    const { granted } = await this.#trial.store.reserve(id, asked, leaseMs);
    if (again) return assert.equal(granted, true, `${shown}: asked again`);
    if (granted) assert.ok(!fits.includes('never'), `${shown}: granted beyond a limit`);
    else assert.ok(!fits.every((fit) => fit === 'always'), `${shown}: refused although it fits`);
    if (granted) this.#hold(id, asked, now, now + leaseMs);
  }

  #hold(id: string, claims: readonly Claim[], now: number, until: number): void {
    const spent = claims.map(({ key, amount, windowMs }) => ({ key: `${windowMs} ${key}`, at: now, amount }));
    this.#held.set(id, { claims, spent, until, over: false });
    this.#spent.push(...spent.filter(({ key }) => !key.startsWith('concurrent')));
  }

  /** Whether the claim must be granted, must not, or may be either, for what is just leaving its window. */
  #fits({ key, limit, amount, windowMs }: Claim, now: number): 'always' | 'never' | 'perhaps' {
    if (windowMs === 'concurrent') return this.#concurrent(key, now) + amount <= limit ? 'always' : 'never';
    const sum = (after: number): bigint =>
      this.#spent.reduce(
        (total, one) => (one.key === `${windowMs} ${key}` && one.at > after ? total + one.amount : total),
        0n,
      );
    const [least, most] = [sum(now - windowMs), sum(now - windowMs - this.#trial.slackMs)];
    if (least + amount > limit) return 'never';
    return most + amount <= limit ? 'always' : 'perhaps';
  }

  #concurrent(key: string, now: number): bigint {
    const open = [...this.#held.values()].filter(({ over, until }) => !over && until > now);
    const claims = open
      .flatMap((held) => held.claims)
      .filter((one) => one.windowMs === 'concurrent' && one.key === key);
    return claims.reduce((total, { amount }) => total + amount, 0n);
  }

  async #settle(): Promise<void> {
    const now = this.#trial.now();
    const open = [...this.#held].filter(([, { until }]) => until > now);
    if (open.length === 0) return;
    const [id, held] = this.#random.pick(open);
    const spent = held.claims.map(() => BigInt(this.#random.integer(10)));
    await this.#trial.store.settle(id, spent);
    if (held.over) return;
    held.over = true;
    for (const [at, one] of held.spent.entries()) one.amount = spent[at] ?? one.amount;
  }

  async #value(shown: string): Promise<void> {
    const key = `v:${this.#random.integer(6)}`;
    const now = this.#trial.now();
    const before = this.#values.get(key);
    const live = before !== undefined && before.until > now;
    assert.equal(textOf(await this.#trial.store.get(key)), live ? before.value : undefined, `${shown}: ${key}`);
    const ifAbsent = this.#random.integer(2) === 0;
    const ttlMs = this.#timed ? 1 + this.#random.integer(this.#trial.windowMs) : longMs;
    const value = String(this.#random.integer(1000));
    const set = await this.#trial.store.set(key, text(value), ifAbsent ? { ttlMs, ifAbsent } : { ttlMs });
    assert.equal(set, !ifAbsent || !live, `${shown}: set ${key}`);
    if (set) this.#values.set(key, { value, until: now + ttlMs });
  }

  async #remove(shown: string): Promise<void> {
    const prefix = this.#random.pick(['v:1', 'v:', 'w:']);
    const now = this.#trial.now();
    const live = [...this.#values].filter(([key, { until }]) => key.startsWith(prefix) && until > now);
    assert.equal(await this.#trial.store.delete(prefix), live.length, `${shown}: delete ${prefix}`);
    for (const [key] of live) this.#values.delete(key);
  }
}
