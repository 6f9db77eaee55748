import type { Exchange, Target } from '@tapgate/core';
import type { Health } from './health.ts';
import type { FailoverOptions } from './options.ts';

/** Gives the selected targets what the policy wants of them: patience, a held beginning, and probes for those that are due. */
export class Treatment {
  readonly #health: Health;
  readonly #options: FailoverOptions;
  /** Targets of the config with their patience and hold, for streams and for whole answers. */
  readonly #treated: readonly [streamed: WeakMap<Target, Target>, whole: WeakMap<Target, Target>] = [
    new WeakMap(),
    new WeakMap(),
  ];

  constructor(health: Health, options: FailoverOptions) {
    this.#health = health;
    this.#options = options;
  }

  of(targets: readonly Target[], exchange: Exchange): readonly Target[] {
    const { afterCommit, onSlow } = this.#options;
    if (onSlow === 'hedge' && !exchange.dry) this.#health.hedges.deposit();
    if (afterCommit !== 'end' && exchange.streamed && exchange.operation === 'chat') exchange.keep({});
    const ordered = this.#probesFirst(targets);
    const treated = ordered.map((target) => this.#treat(target, exchange.streamed));
    return treated.every((target, at) => target === targets[at]) ? targets : treated;
  }

  /** One that was asked first when it failed, and may be asked again, would otherwise wait for long where others are preferred by their speed. */
  #probesFirst(targets: readonly Target[]): readonly Target[] {
    const due = targets.findIndex((target) => {
      const breaker = this.#health.breaker(target);
      return breaker !== undefined && breaker.wasFirst && breaker.state === 'half-open' && breaker.admits;
    });
    const probe = targets[due];
    return due <= 0 || probe === undefined ? targets : [probe, ...targets.filter((target) => target !== probe)];
  }

  #treat(target: Target, streamed: boolean): Target {
    const known = this.#treated[streamed ? 0 : 1];
    let treated = known.get(target);
    if (treated === undefined) {
      treated = this.#treatedOnce(target, streamed);
      known.set(target, treated);
    }
    return this.#options.onSlow === 'hedge' ? this.#hedged(target, treated) : treated;
  }

  #treatedOnce(target: Target, streamed: boolean): Target {
    const { onSlow, hold, patienceMs, wholePatienceMs = 0 } = this.#options;
    const patience = onSlow === 'off' ? 0 : streamed ? patienceMs : wholePatienceMs;
    const added = {
      ...(target.patienceMs === undefined && patience > 0 && { patienceMs: patience }),
      ...(target.hold === undefined && hold !== undefined && { hold }),
    };
    return Object.keys(added).length === 0 ? target : { ...target, ...added };
  }

  /** Beside a slow one somebody is asked once it takes longer than nearly all others did. */
  #hedged(target: Target, treated: Target): Target {
    const usual = this.#health.usualMs(target, this.#options.hedge.leastSamples);
    if (usual === undefined || target.patienceMs !== undefined) return treated;
    const patienceMs = Math.max(1, Math.ceil(Math.min(usual, treated.patienceMs ?? Number.POSITIVE_INFINITY)));
    return { ...treated, patienceMs };
  }
}
