import { type AttemptRecord, nameOf, type Target } from '@tapgate/core';
import { Breaker, type BreakerRules } from './breaker.ts';
import { type Chance, realChance } from './chance.ts';
import { type CooldownRules, Cooldowns } from './cooldowns.ts';
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

const maxNames = 10_000;

/** What this process knows of its targets' health. One per process, so that a reload forgets nothing. */
export class Health {
  readonly #chance: Chance;
  readonly #breakers = new Map<string, Breaker>();
  readonly #budgets = new Map<string, RetryBudget>();
  readonly #cooldowns: Cooldowns;
  readonly #quarantine: Quarantine;

  constructor(chance: Chance = realChance) {
    this.#chance = chance;
    this.#cooldowns = new Cooldowns(chance);
    this.#quarantine = new Quarantine(chance.now);
  }

  /** Of one model at one provider: what breaks there breaks for every credential. */
  breaker(target: Target): Breaker {
    return kept(this.#breakers, `${target.provider}/${target.model}`, () => new Breaker(this.#chance));
  }

  /** Of one provider: what retries may add to its load. */
  budget(provider: string): RetryBudget {
    return kept(this.#budgets, provider, () => new RetryBudget(this.#chance.now));
  }

  /** Why the target is not asked now; nothing where it is. */
  absence(target: Target): Absence | undefined {
    const dead = this.#quarantine.until(credentialOf(target));
    if (dead !== undefined) return { because: 'quarantine', reason: 'its credential is refused', until: dead };
    const cooling = this.#cooldowns.until(nameOf(target));
    if (cooling !== undefined) return { because: 'cooldown', reason: 'it asked to slow down', until: cooling };
    const breaker = this.breaker(target);
    if (breaker.admits) return undefined;
    return {
      because: 'breaker',
      reason: `its breaker is ${breaker.state}: ${breaker.reason}`,
      until: Math.max(breaker.until, this.#chance.now()),
    };
  }

  /** Learns from an attempt that is over. What the caller did wrong, and who left, says nothing of the target. */
  learn(record: AttemptRecord, rules: HealthRules): void {
    const { target, failure, result, startedAt } = record;
    if (result === 'won' && failure === undefined) this.#learnSuccess(target, startedAt, rules);
    if (result !== 'failed') return;
    if (failure === 'throttled')
      this.#cooldowns.throttled(nameOf(target), startedAt, record.error?.retryAfterMs, rules.cooldown);
    else if (failure === 'credential') this.#quarantine.refused(credentialOf(target), rules.quarantine);
    else if (failure === 'broken' || failure === 'truncated' || failure === 'slow')
      this.breaker(target).failed(startedAt, rules.breaker);
  }

  /** All that is not asked now, for administrators. */
  absences(targets: readonly Target[]): readonly (Absence & { readonly target: string })[] {
    return targets.flatMap((target) => {
      const absence = this.absence(target);
      return absence === undefined ? [] : [{ target: nameOf(target), ...absence }];
    });
  }

  close(): void {
    this.#breakers.clear();
    this.#budgets.clear();
  }

  #learnSuccess(target: Target, startedAt: number, rules: HealthRules): void {
    this.breaker(target).succeeded(startedAt, rules.breaker);
    this.#cooldowns.succeeded(nameOf(target));
    this.#quarantine.succeeded(credentialOf(target));
  }
}

function credentialOf(target: Target): string {
  return `${target.provider}#${target.credential ?? ''}`;
}

function kept<Value>(map: Map<string, Value>, name: string, make: () => Value): Value {
  let value = map.get(name);
  if (value !== undefined) return value;
  if (map.size >= maxNames) map.delete(map.keys().next().value ?? '');
  value = make();
  map.set(name, value);
  return value;
}
