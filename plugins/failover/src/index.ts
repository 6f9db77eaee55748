import {
  defineErrors,
  definePlugin,
  type ErrorTable,
  type Exchange,
  type Failure,
  type Gateway,
  GatewayError,
  jsonReply,
  type Plugin,
  type Recovery,
  sameTarget,
  stage,
  type Target,
} from '@tapgate/core';
import { fullJitter } from './backoff.ts';
import { type Absence, Health } from './health.ts';
import { type FailoverOptions, schema } from './options.ts';
import { candidates, followsOf } from './policy.ts';

declare module '@tapgate/core' {
  interface PluginOptions {
    failover: { readonly [Name in keyof FailoverOptions]?: Partial<FailoverOptions[Name]> };
  }
}

/** The errors this plugin says. */
export const errors: ErrorTable<'TARGETS_COOLING' | 'TARGETS_DOWN'> = defineErrors({
  TARGETS_COOLING: [429, 'Every target of "{model}" has asked to slow down.', 'retryable'],
  TARGETS_DOWN: [503, 'Every target of "{model}" is failing, and is left alone for a while.', 'retryable'],
});

/** With all breakers open, this share of requests tries all the same, so that a wrong breaker cannot be the outage. */
const panicShare = 0.1;

/** Tries again, or elsewhere, by the kind of failure, and leaves alone for a while what fails. */
const failover: Plugin<FailoverOptions> = definePlugin<FailoverOptions>({
  name: 'failover',
  apiVersion: 1,
  exclusive: true,
  schema,
  apply(gateway, options) {
    const health = gateway.share('failover:health', () => new Health());
    const known = new Map<string, Target>();
    const name = 'failover';

    gateway.hooks.selectProvider.tap({ name, stage: stage.filter, failure: 'open' }, (targets, exchange) => {
      for (const target of targets)
        if (known.size < 10_000) known.set(JSON.stringify([target.provider, target.model, target.credential]), target);
      return isOff(exchange) ? targets : present(health, targets, exchange);
    });
    gateway.hooks.selectProvider.tap({ name, stage: stage.order }, (targets, exchange) => {
      if (options.afterCommit !== 'end' && exchange.streamed) exchange.keep({});
      return options.patienceMs === undefined && options.hold === undefined
        ? targets
        : targets.map((target) => withPatience(target, options));
    });
    gateway.wrap({ name, stage: stage.observe }, (provider) => ({
      ...provider,
      call: (attempt) => {
        const breaker = health.breaker(attempt.target);
        const entered = breaker.enter();
        if (attempt.number === 1) health.budget(attempt.target.provider).deposit();
        void attempt.ended().then((record) => {
          if (entered === 'probe') breaker.leave();
          health.learn(record, options);
          return undefined;
        });
        return provider.call(attempt);
      },
    }));
    gateway.hooks.onError.tap({ name, stage: stage.reroute }, (failure, exchange) => {
      if (isOff(exchange) || exchange.attempts.length >= options.attempts) return undefined;
      return failure.committed
        ? resumed(gateway, health, failure, options)
        : recovered(gateway, health, failure, exchange, options);
    });
    gateway.route('GET', '/failover/targets', () => jsonReply(200, { absent: health.absences([...known.values()]) }), {
      admin: true,
    });
  },
});

export default failover;

function isOff(exchange: Exchange): boolean {
  return exchange.headers.get('x-tapgate-failover') === 'off';
}

function withPatience(target: Target, { patienceMs, hold }: FailoverOptions): Target {
  return {
    ...target,
    ...(patienceMs === undefined || target.patienceMs !== undefined ? {} : { patienceMs }),
    ...(hold === undefined || target.hold !== undefined ? {} : { hold }),
  };
}

/** The targets that may be asked now. Throws with the soonest time at which one may, where none is left. */
function present(health: Health, targets: readonly Target[], exchange: Exchange): readonly Target[] {
  const absences: Absence[] = [];
  const left = targets.filter((target) => {
    const absence = health.absence(target);
    if (absence === undefined) return true;
    absences.push(absence);
    exchange.note(absence.reason, target);
    return false;
  });
  if (left.length > 0 || targets.length === 0) return left.length === targets.length ? targets : left;
  if (absences.every(({ because }) => because === 'breaker') && Math.random() < panicShare) return targets;
  const retryAfterMs = Math.max(1, Math.min(...absences.map(({ until }) => until)) - Date.now());
  const make = absences.every(({ because }) => because === 'cooldown') ? errors.TARGETS_COOLING : errors.TARGETS_DOWN;
  throw make({ model: exchange.model.slice(0, 200) }, { retryAfterMs });
}

/** Who is asked next before the client has seen anything; nothing lets the failure stand. */
function recovered(
  gateway: Gateway,
  health: Health,
  failure: Failure,
  exchange: Exchange,
  options: FailoverOptions,
): Recovery | undefined {
  const follow = failure.inFlight ? 'next' : followsOf(failure, options);
  if (follow === 'nothing' || !failure.replayable) return undefined;
  const { target } = failure.attempt;
  const triedOnce = exchange.attempts.filter((made) => sameTarget(made.target, target)).length === 1;
  const next = candidates(gateway, failure, follow).find((candidate) => health.absence(candidate) === undefined);
  const again = follow === 'again' && triedOnce && health.breaker(target).admits ? target : undefined;
  const chosen = again ?? next;
  if (chosen === undefined) return undefined;
  // Another provider is not loaded by what failed here: only a return to a provider that failed is a retry.
  const isRetry = exchange.attempts.some((made) => made.target.provider === chosen.provider);
  if (isRetry && !health.budget(chosen.provider).take(options.retry)) throw spent(failure.error);
  if (failure.inFlight) return options.onSlow === 'hedge' ? { target: chosen, beside: true } : { target: chosen };
  return chosen === again
    ? { target: chosen, afterMs: fullJitter(exchange.attempts.length, options.retry, Math.random) }
    : { target: chosen };
}

/** Who goes on with an answer that broke off. */
function resumed(
  gateway: Gateway,
  health: Health,
  failure: Failure,
  { afterCommit }: FailoverOptions,
): Recovery | undefined {
  if (afterCommit === 'end') return undefined;
  const by = afterCommit === 'continue' ? 'prefill' : 'replay';
  const next = failure.untried.find(
    (target) =>
      health.absence(target) === undefined && (by === 'replay' || gateway.capabilities(target)['prefill'] !== false),
  );
  return next === undefined ? undefined : { resume: next, by };
}

/** The same error, with the word that stops clients from trying again themselves. */
function spent(error: GatewayError): GatewayError {
  const { kind, retryable, retryAfterMs, upstream, param } = error;
  const optional = Object.fromEntries(
    Object.entries({ retryAfterMs, upstream, param }).filter(([, value]) => value !== undefined),
  );
  return new GatewayError(error.code, error.status, error.message, {
    kind,
    retryable,
    ...optional,
    headers: new Map([['x-should-retry', 'false']]),
  });
}
