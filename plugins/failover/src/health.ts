import type { AttemptRecord, Target } from '@tapgate/core';
import { type Blame, blameOf } from './blame.ts';
import { Breaker, type BreakerRules } from './breaker.ts';
import { type Chance, realChance } from './chance.ts';
import { type CooldownRules, Cooldowns } from './cooldowns.ts';
import { HedgeBudget } from './hedge-budget.ts';
import { Latency } from './latency.ts';
import { deploymentOf, Places } from './places.ts';
import { Quarantine, type QuarantineRules } from './quarantine.ts';
import { RetryBudget } from './retry-budget.ts';

/** What failures mean for a target's future. */
export interface HealthRules {
  readonly breaker: BreakerRules;
  readonly cooldown: CooldownRules;
  readonly quarantine: QuarantineRules;
}

/** Why a target is not asked now. */
export interface Absence {
  readonly because: 'breaker' | 'cooldown' | 'quarantine';
  readonly reason: string;
  /** Milliseconds since 1970. */
  readonly until: number;
}

/** Something is not asked from now on, by what it is, its name and for how long: all that another process needs to know. */
export interface Change {
  readonly because: Absence['because'];
  readonly name: string;
  readonly forMs: number;
  readonly reason: string;
}

/** How something stands, for administrators. */
export interface Standing {
  readonly state: 'open' | 'half-open' | 'cooling' | 'quarantined';
  /** A deployment, a deployment with its credential, or a credential. */
  readonly name: string;
  readonly reason: string;
  /** ISO 8601. */
  readonly until: string;
}

const maxNames = 10_000;

/** What this process knows of its targets' health. One per process, so that a reload forgets nothing. */
export class Health {
  readonly hedges: HedgeBudget;
  readonly chance: Chance;
  readonly places: Places = new Places();
  readonly #breakers = new Map<string, Breaker>();
  readonly #budgets = new Map<string, RetryBudget>();
  readonly #latencies = new Map<string, Latency>();
  readonly #cooldowns: Cooldowns;
  readonly #quarantine: Quarantine;
  readonly #noted = new WeakSet<AttemptRecord>();
  readonly #listeners = new Set<(change: Change) => void>();
  #sweptAt = 0;

  constructor(chance: Chance = realChance) {
    this.chance = chance;
    this.hedges = new HedgeBudget(chance.now);
    this.#cooldowns = new Cooldowns(chance);
    this.#quarantine = new Quarantine(chance.now);
  }

  /** Of one model at one provider: what breaks there breaks for every credential. Nothing where it was never asked. */
  breaker(target: Target): Breaker | undefined {
    return this.#breakers.get(deploymentOf(target));
  }

  /** What retries of one public model may add to one provider's load. */
  budget(model: string, provider: string): RetryBudget {
    return kept(this.#budgets, JSON.stringify([model, provider]), () => new RetryBudget(this.chance.now));
  }

  /** What 95 of 100 answers took to begin, milliseconds; nothing below `least` of them. */
  usualMs(target: Target, least: number): number | undefined {
    return this.#latencies.get(deploymentOf(target))?.p95(least);
  }

  /** Why the target is not asked now; nothing where it is. */
  absence(target: Target): Absence | undefined {
    const dead =
      this.#quarantine.until(this.places.credentialOf(target)) ?? this.#quarantine.until(this.places.placeOf(target));
    if (dead !== undefined) return { because: 'quarantine', reason: 'its credential is refused', until: dead };
    const cooling = this.#cooldowns.until(this.places.placeOf(target));
    if (cooling !== undefined) return { because: 'cooldown', reason: 'it asked to slow down', until: cooling };
    const breaker = this.breaker(target);
    if (breaker === undefined || breaker.admits) return undefined;
    const until = Math.max(breaker.until, this.chance.now() + 1000);
    return { because: 'breaker', reason: `its breaker is ${breaker.state} after ${breaker.reason}`, until };
  }

  /** The same target with the first of its provider's credentials that may be used; as it was where it names one, or none may. */
  withLiveCredential(target: Target): Target {
    if (target.credential !== undefined) return target;
    const because = this.absence(target)?.because;
    if (because !== 'quarantine' && because !== 'cooldown') return target;
    return this.places.others(target).find((other) => this.absence(other) === undefined) ?? target;
  }

  /** Learns from an attempt that is over, once. Gives what changed for the worse. */
  learn(record: AttemptRecord, rules: HealthRules): Change | undefined {
    if (this.#noted.has(record)) return undefined;
    this.#noted.add(record);
    this.#sweep(rules);
    const { target, result, failure, firstEventAt, startedAt, error } = record;
    if (firstEventAt !== undefined)
      kept(this.#latencies, deploymentOf(target), () => new Latency()).add(firstEventAt - startedAt);
    if (result === 'won' && failure === undefined && error === undefined) {
      this.#learnSuccess(target, startedAt, rules);
      return undefined;
    }
    const blame = blameOf(record);
    const change = blame === undefined ? undefined : this.#learnFailure(record, blame, rules);
    if (change !== undefined) for (const listener of this.#listeners) listener(change);
    return change;
  }

  /** Another process has learned it. */
  hear({ because, name, forMs, reason }: Change): void {
    const until = this.chance.now() + forMs;
    if (because === 'cooldown') this.#cooldowns.coolUntil(name, until);
    else if (because === 'quarantine') this.#quarantine.holdUntil(name, until);
    else this.#breakerNamed(name).openUntil(until, reason);
  }

  /** Tells of each change that this process learns by itself. Gives the way to stop. */
  onChange(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** A config that was read anew may hold other secrets under the same names. */
  forgetCredentials(): void {
    this.#quarantine.clear();
  }

  /** All that is not as it should be. */
  standings(): readonly Standing[] {
    const breakers = [...this.#breakers].flatMap(([name, { state, until, reason }]): readonly Standing[] =>
      state === 'closed' ? [] : [{ state, name, reason, until: moment(until) }],
    );
    const cooling = [...this.#cooldowns.all()].map(({ name, until }): Standing => ({
      state: 'cooling',
      name,
      reason: 'it asked to slow down',
      until: moment(until),
    }));
    const held = [...this.#quarantine.all()].map(({ name, until }): Standing => ({
      state: 'quarantined',
      name,
      reason: 'it is refused',
      until: moment(until),
    }));
    return [...breakers, ...cooling, ...held];
  }

  close(): void {
    this.#breakers.clear();
    this.#budgets.clear();
    this.#latencies.clear();
    this.#listeners.clear();
  }

  #learnSuccess(target: Target, startedAt: number, rules: HealthRules): void {
    this.#breakerNamed(deploymentOf(target)).succeeded(startedAt, rules.breaker);
    this.#cooldowns.succeeded(this.places.placeOf(target));
    this.#quarantine.succeeded(this.places.credentialOf(target));
    this.#quarantine.succeeded(this.places.placeOf(target));
  }

  #learnFailure(record: AttemptRecord, blame: Blame, rules: HealthRules): Change | undefined {
    const { target, startedAt, error } = record;
    if (blame === 'deployment') return this.#learnBroken(record, rules);
    if (blame === 'pace') {
      const name = this.places.placeOf(target);
      const until = this.#cooldowns.throttled(name, startedAt, error?.retryAfterMs, rules.cooldown);
      return this.#changed('cooldown', name, until, 'it asked to slow down');
    }
    // A permission may be missing for one model alone.
    const name = blame === 'permission' ? this.places.placeOf(target) : this.places.credentialOf(target);
    const until = this.#quarantine.refused(name, rules.quarantine);
    return until === undefined ? undefined : this.#changed('quarantine', name, until, 'it is refused');
  }

  #learnBroken({ target, startedAt, number }: AttemptRecord, rules: HealthRules): Change | undefined {
    const name = deploymentOf(target);
    const breaker = this.#breakerNamed(name);
    if (!breaker.failed(startedAt, rules.breaker, number === 1)) return undefined;
    return this.#changed('breaker', name, breaker.until, breaker.reason);
  }

  #changed(because: Absence['because'], name: string, until: number, reason: string): Change {
    return { because, name, forMs: Math.max(0, until - this.chance.now()), reason };
  }

  /** Where there are too many names, what is closed makes room: an open breaker is what must not be forgotten. */
  #breakerNamed(name: string): Breaker {
    if (this.#breakers.size >= maxNames && !this.#breakers.has(name)) {
      const closed = [...this.#breakers].filter(([, breaker]) => breaker.state === 'closed');
      const idle = closed.filter(([, breaker]) => breaker.idle);
      for (const [known] of idle.length > 0 ? idle : closed.slice(0, maxNames / 10)) this.#breakers.delete(known);
    }
    return kept(this.#breakers, name, () => new Breaker(this.chance));
  }

  #sweep(rules: HealthRules): void {
    const now = this.chance.now();
    if (now < this.#sweptAt + 60_000) return;
    this.#sweptAt = now;
    this.#cooldowns.sweep(rules.cooldown.maxMs);
    this.#quarantine.sweep(rules.quarantine.withinMs);
  }
}

function moment(at: number): string {
  return new Date(at).toISOString();
}

function kept<Value>(map: Map<string, Value>, name: string, make: () => Value): Value {
  let value = map.get(name);
  if (value !== undefined) return value;
  if (map.size >= maxNames) map.delete(map.keys().next().value ?? '');
  value = make();
  map.set(name, value);
  return value;
}
