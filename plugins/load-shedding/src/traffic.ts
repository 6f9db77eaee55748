import { type AttemptRecord, nameOf, type Target } from '@tapgate/core';
import { AdaptiveLimit, type End, type LimitRules } from './adaptive-limit.ts';

const maxTargets = 10_000;

/** How a target stands, for administrators. */
export interface TargetStanding {
  readonly target: string;
  readonly inFlight: number;
  readonly limit: number;
}

/** What this process has under way at each target, and how much it may be. One per process, so that a reload forgets nothing. */
export class Traffic {
  readonly #limits = new Map<string, AdaptiveLimit>();

  at(target: Target, rules: LimitRules): AdaptiveLimit {
    const name = nameOf(target);
    let limit = this.#limits.get(name);
    if (limit === undefined) {
      if (this.#limits.size >= maxTargets) this.#forgetIdle();
      limit = new AdaptiveLimit(rules);
      this.#limits.set(name, limit);
    }
    limit.rules = rules;
    return limit;
  }

  standings(): readonly TargetStanding[] {
    return [...this.#limits].map(([target, { inFlight, limit }]) => ({
      target,
      inFlight,
      limit: Math.round(limit * 10) / 10,
    }));
  }

  close(): void {
    this.#limits.clear();
  }

  #forgetIdle(): void {
    for (const [name, { inFlight }] of this.#limits) if (inFlight === 0) this.#limits.delete(name);
  }
}

/** What an attempt's end tells of its target's load. */
export function endOf(record: AttemptRecord, streamed: boolean): End {
  if (saysOverload(record)) return 'overload';
  if (record.result === 'failed') return 'nothing';
  if (!streamed) return record.result === 'won' && record.error === undefined ? 'whole' : 'nothing';
  return record.firstEventAt === undefined ? 'left' : 'nothing';
}

/** 429, 503, 529, or no first token in time. A certificate, a broken answer or a caller's fault is not the crowd's doing. */
function saysOverload({ result, failure, error, firstEventAt }: AttemptRecord): boolean {
  if (result !== 'failed' || error === undefined) return false;
  const status = error.upstream?.status;
  if (status !== undefined) return status === 429 || status === 503 || status === 529;
  return firstEventAt === undefined && failure === 'slow';
}
