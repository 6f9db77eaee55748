import type { Chance } from './chance.ts';

/** How long a target that says "slow down" is left alone. */
export interface CooldownRules {
  /** Where it does not say how long: this, doubled with each time in a row, up to `maxMs`. */
  readonly baseMs: number;
  readonly maxMs: number;
  /** The longest that it may ask for itself. */
  readonly honourMs: number;
}

/** Up to this much longer than asked for, so that not all come back at once. */
const jitter = 0.1;

interface Cooling {
  until: number;
  strikes: number;
  /** When it was last told to cool. */
  at: number;
}

/** Who was told to slow down, and until when: a deployment with one credential each. */
export class Cooldowns {
  readonly #chance: Chance;
  readonly #cooling = new Map<string, Cooling>();

  constructor(chance: Chance) {
    this.#chance = chance;
  }

  /** Until when it cools, milliseconds since 1970; nothing where it does not. */
  until(name: string): number | undefined {
    const until = this.#cooling.get(name)?.until;
    return until !== undefined && until > this.#chance.now() ? until : undefined;
  }

  /**
   * It has said "slow down" to an attempt that began at `startedAt`. Of those that were under way together only the first
   * counts as one time more. The longer of two deadlines stays. Gives it.
   */
  throttled(name: string, startedAt: number, retryAfterMs: number | undefined, rules: CooldownRules): number {
    const now = this.#chance.now();
    const before = this.#cooling.get(name) ?? { until: 0, strikes: 0, at: 0 };
    const strikes = before.strikes === 0 || startedAt >= before.at ? before.strikes + 1 : before.strikes;
    const asked = retryAfterMs ?? Math.min(rules.maxMs, rules.baseMs * 2 ** Math.min(strikes - 1, 30));
    const span = Math.min(asked, rules.honourMs) * (1 + jitter * this.#chance.random());
    const until = Math.max(before.until, now + span);
    this.#cooling.set(name, { until, strikes, at: now });
    return until;
  }

  /** Another process was told so. */
  coolUntil(name: string, until: number): void {
    const before = this.#cooling.get(name);
    if (before !== undefined && before.until >= until) return;
    this.#cooling.set(name, { until, strikes: before?.strikes ?? 1, at: this.#chance.now() });
  }

  /** It has answered well: the next time is a first time. A deadline that stands still stands. */
  succeeded(name: string): void {
    const cooling = this.#cooling.get(name);
    if (cooling === undefined) return;
    if (cooling.until <= this.#chance.now()) this.#cooling.delete(name);
    else cooling.strikes = 0;
  }

  /** Who cools now. */
  *all(): Generator<{ readonly name: string; readonly until: number }> {
    const now = this.#chance.now();
    for (const [name, { until }] of this.#cooling) if (until > now) yield { name, until };
  }

  /** Forgets those whose deadline has passed so long ago that the next time is a first time. */
  sweep(quietMs: number): void {
    const before = this.#chance.now() - quietMs;
    for (const [name, { until }] of this.#cooling) if (until <= before) this.#cooling.delete(name);
  }
}
