import {
  type Attempt,
  type AttemptRecord,
  definePlugin,
  type Exchange,
  type Failure,
  type Gateway,
  type GatewayError,
  jsonReply,
  nameOf,
  type Plugin,
  type Provider,
  type Queue,
  type Recovery,
  type Reply,
  stage,
  type Target,
} from '@tapgate/core';
import { type Chance, realChance } from './chance.ts';
import { errors } from './errors.ts';
import { type Absence, Health } from './health.ts';
import { Journeys } from './journeys.ts';
import { type FailoverOptions, schema } from './options.ts';
import { Recoveries } from './recovery.ts';
import { select, type Selection } from './selection.ts';
import { shareHealth } from './shared-health.ts';
import { Treatment } from './treatment.ts';
import { waitedFor } from './waiting.ts';

declare module '@tapgate/core' {
  interface PluginOptions {
    failover: { readonly [Name in keyof FailoverOptions]?: Partial<FailoverOptions[Name]> };
  }
}

const name = 'failover';
/** Gateways whose health is shown and shared by an instance already. */
const shown = new WeakSet<Gateway>();

/** The plugin with a time and dice of its own, for tests. */
export function createFailover(chance: Chance = realChance): Plugin<FailoverOptions> {
  return definePlugin<FailoverOptions>({
    name,
    apiVersion: 1,
    exclusive: true,
    schema,
    apply(gateway, options) {
      const health = gateway.share('failover:health', () => new Health(chance));
      const journeys = new Journeys(health);
      tapSelection(gateway, health, journeys, options);
      wrapProviders(gateway, health, journeys, options);
      tapErrors(gateway, health, journeys, options);
      if (shown.has(gateway)) return undefined;
      shown.add(gateway);
      gateway.route('GET', '/failover/targets', () => jsonReply(200, { targets: health.standings() }), { admin: true });
      let stop: (() => void) | undefined;
      return {
        ready: () => {
          health.forgetCredentials();
          const store = gateway.service('store');
          if (store !== undefined) stop = shareHealth(health, store, gateway.log);
        },
        close: () => stop?.(),
      };
    },
  });
}

/** Tries again, or elsewhere, by the kind of failure, and leaves alone for a while what fails. */
export const failover: Plugin<FailoverOptions> = createFailover();

function tapSelection(gateway: Gateway, health: Health, journeys: Journeys, options: FailoverOptions): void {
  const { selectProvider, onError } = gateway.hooks;
  const { panicShare } = options.breaker;

  selectProvider.tap({ name, stage: stage.assign }, (targets) => {
    const changed = targets.map((target) => health.withLiveCredential(target));
    return changed.some((target, at) => target !== targets[at]) ? changed : targets;
  });

  const filter = (targets: readonly Target[], exchange: Exchange): readonly Target[] | Promise<readonly Target[]> => {
    const selection = select(health, targets, exchange, panicShare);
    admit(selection, exchange);
    if (selection.nobody === undefined) return selection.targets;
    const queue = exchange.dry ? undefined : gateway.service('queue');
    return queue === undefined ? refuse(targets, exchange, selection.nobody.error) : wait(queue, targets, exchange);
  };
  // A tap may give a promise, whatever it is called; most of the time this one has none to give.
  const at = { name, stage: stage.filter, failure: 'open' } as const;
  selectProvider.tap(at, filter as (targets: readonly Target[], exchange: Exchange) => readonly Target[]);

  async function wait(queue: Queue, targets: readonly Target[], exchange: Exchange): Promise<readonly Target[]> {
    let selection = select(health, targets, exchange, 0);
    await waitedFor(queue, exchange, targets, () => {
      selection = select(health, targets, exchange, 0);
      admit(selection, exchange);
      return selection.nobody;
    });
    return selection.nobody === undefined ? selection.targets : refuse(targets, exchange, selection.nobody.error);
  }

  function admit({ admitted, panics }: Selection, exchange: Exchange): void {
    if (admitted.length === 0) return;
    const journey = journeys.of(exchange);
    for (const target of admitted) journey.admitted.add(nameOf(target));
    journey.panics = panics;
  }

  /** Where somebody answers when all has failed, it must come to a failure first: the wrap refuses the attempt in the upstream's place. */
  function refuse(targets: readonly Target[], exchange: Exchange, error: GatewayError): readonly Target[] {
    const answers = onError.taps.some((tap) => tap.stage === stage.answer);
    if (!answers || exchange.dry) throw error;
    journeys.of(exchange).refused = error;
    return targets;
  }

  const treatment = new Treatment(health, options);
  selectProvider.tap({ name, stage: stage.order }, (targets, exchange) => treatment.of(targets, exchange));
}

function wrapProviders(gateway: Gateway, health: Health, journeys: Journeys, options: FailoverOptions): void {
  gateway.wrap({ name, stage: stage.observe }, (provider) => {
    health.places.know(provider.name, provider.credentials);
    return { ...provider, call: (attempt) => watched(gateway, health, journeys, options, provider, attempt) };
  });
}

/** Makes the call, unless its target is left alone, and learns from how it ends. */
function watched(
  gateway: Gateway,
  health: Health,
  journeys: Journeys,
  options: FailoverOptions,
  provider: Provider,
  attempt: Attempt,
): Promise<Reply> {
  const { target, exchange } = attempt;
  const absence = journeys.absence(target, exchange);
  if (absence !== undefined) throw journeys.known(exchange)?.refused ?? resting(health, target, absence);
  const breaker = health.breaker(target);
  const entered = breaker?.enter();
  if (exchange.attempts.filter((made) => made.target.provider === target.provider).length <= 1)
    health.budget(exchange.model, target.provider).deposit();
  void attempt.ended().then((record) => {
    if (entered === 'probe') breaker?.leave();
    learn(gateway, health, record, options);
    return undefined;
  });
  return provider.call(attempt);
}

function resting(health: Health, target: Target, { reason, until }: Absence): GatewayError {
  const retryAfterMs = Math.max(1, until - health.chance.now());
  return errors.TARGET_RESTING({ target: nameOf(target), reason }, { retryAfterMs });
}

function tapErrors(gateway: Gateway, health: Health, journeys: Journeys, options: FailoverOptions): void {
  const { onError, afterResponse } = gateway.hooks;
  const recoveries = new Recoveries(gateway, health, journeys, options);

  onError.tap({ name, stage: stage.retry }, (failure, exchange) => {
    // The failure must count before it is decided who may be asked: the attempt's own end is told a turn later.
    if (!failure.inFlight) learn(gateway, health, failure.attempt, options);
    exchange.replyHeaders.set('x-tapgate-tried', triedIn(exchange));
    return isOff(exchange) ? undefined : recoveries.again(failure, exchange);
  });

  const reroute = (failure: Failure, exchange: Exchange): Recovery | undefined | Promise<Recovery | undefined> =>
    isOff(exchange) ? undefined : (recoveries.elsewhere(failure, exchange) ?? recoveries.later(failure, exchange));
  onError.tap(
    { name, stage: stage.reroute },
    reroute as (failure: Failure, exchange: Exchange) => Recovery | undefined,
  );

  afterResponse.tap({ name, stage: stage.observe }, (_, exchange) => {
    if (exchange.attempts.length > 1) gateway.log.info({ id: exchange.id, tried: triedIn(exchange) }, 'failed over');
  });
}

function learn(gateway: Gateway, health: Health, record: AttemptRecord, options: FailoverOptions): void {
  const change = health.learn(record, options);
  if (change !== undefined) gateway.log.warn(change, 'failover leaves a target alone');
}

/** The client asks for one target only, and no second try. */
function isOff(exchange: Exchange): boolean {
  return exchange.headers.get('x-tapgate-failover') === 'off';
}

/** Who was tried and what came of it, in order. */
function triedIn(exchange: Exchange): string {
  return exchange.attempts
    .map(({ target, failure, result }) => `${target.provider}/${target.model} ${failure ?? result}`)
    .join(', ')
    .replaceAll(/[^\t\u0020-\u007e]/g, '?')
    .slice(0, 1000);
}
