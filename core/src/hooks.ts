import { AsyncSeriesBailHook, AsyncSeriesHook, AsyncSeriesWaterfallHook } from 'tapable';
import { coreErrors, GatewayError } from './errors.ts';
import type { Failure, Recovery, Settlement } from './exchange.ts';
import { type Instance, meets } from './instance.ts';
import type { LiveExchange } from './live-exchange.ts';
import type { Hooks } from './plugin.ts';
import { sameTarget, type Target } from './provider.ts';
import type { Reply } from './reply.ts';
import { failureAt, stageName, stagesOf } from './stage.ts';
import { TapClock } from './tap-clock.ts';

/** Callbacks nest one per tap; beyond this the stack would not hold. */
const maxTaps = 500;

type HookName = 'beforeRoute' | 'selectProvider' | 'onError' | 'afterResponse';
type Done = (error: Error | null, value?: unknown) => void;
type TapFunction = (...args: readonly unknown[]) => unknown;

/** What the guard needs of the gateway: who is being applied, how long a tap may take, and where failures are counted. */
export interface GuardHouse {
  readonly applying: () => Instance | undefined;
  readonly sealed: () => boolean;
  readonly tapTimeoutMs: number;
  readonly failed: (plugin: string, where: string, error: unknown) => void;
}

/** A tap as the guard knows it. */
interface Guarded {
  readonly hook: HookName;
  readonly stage: string;
  readonly plugin: string;
  readonly instance: Instance | undefined;
  readonly timeoutMs: number;
  readonly closed: boolean;
  readonly type: string;
  readonly call: TapFunction;
}

/** The four hooks, each tap of which is awaited, bounded in time, attributed, scoped, and heard once. */
export function createHooks(house: GuardHouse): Hooks {
  const hooks: Hooks = {
    beforeRoute: new AsyncSeriesBailHook(['exchange']),
    selectProvider: new AsyncSeriesWaterfallHook(['targets', 'exchange']),
    onError: new AsyncSeriesBailHook(['failure', 'exchange']),
    afterResponse: new AsyncSeriesHook(['settlement', 'exchange']),
  };
  for (const name of ['beforeRoute', 'selectProvider', 'onError', 'afterResponse'] as const) {
    let count = 0;
    hooks[name].intercept({
      register: (tap: object) => {
        count += 1;
        if (count > maxTaps) throw new TypeError(`More than ${maxTaps} taps on ${name}.`);
        return guard(name, tap as RegisteredTap, house);
      },
    } as never);
  }
  return hooks;
}

interface RegisteredTap {
  readonly name: string;
  readonly type: string;
  readonly stage?: number;
  readonly before?: unknown;
  readonly timeoutMs?: number;
  readonly failure?: 'open' | 'closed';
  readonly fn: TapFunction;
}

function guard(hook: HookName, tap: RegisteredTap, house: GuardHouse): object {
  const stage = tap.stage === undefined ? undefined : stageName(hook, tap.stage);
  if (house.sealed())
    throw new TypeError(`"${tap.name}" taps ${hook} after the gateway has begun: taps are made in apply.`);
  if (tap.before !== undefined)
    throw new TypeError(`"${tap.name}" taps ${hook} with "before": stages are the only order.`);
  if (stage === undefined) {
    throw new TypeError(
      `"${tap.name}" taps ${hook} without one of its stages: ${Object.keys(stagesOf[hook]).join(', ')}.`,
    );
  }
  const instance = house.applying();
  if (stage === 'admit' && instance?.when !== undefined) {
    throw new TypeError(
      `"${instance.id}" taps admit, where nothing is known yet that "when" could ask for: leave "when" out.`,
    );
  }
  const guarded: Guarded = {
    hook,
    stage,
    plugin: instance?.id ?? tap.name,
    instance,
    timeoutMs: tap.timeoutMs ?? house.tapTimeoutMs,
    closed: (tap.failure ?? failureAt(hook, tap.stage ?? 0)) === 'closed',
    type: tap.type,
    call: tap.fn,
  };
  return { ...tap, type: 'async', fn: hook === 'beforeRoute' ? one(guarded, house) : two(guarded, house) };
}

/** Fixed arities, because rest arguments cost on the hot path. */
function one(tap: Guarded, house: GuardHouse): (exchange: LiveExchange, done: Done) => void {
  return (exchange, done) => {
    if (tap.stage !== 'admit' && exchange.unadmitted) done(coreErrors.NOT_ADMITTED());
    else if (skips(tap, exchange)) done(null);
    else begin(tap, house, exchange, exchange, undefined, done);
  };
}

function two(tap: Guarded, house: GuardHouse): (first: unknown, exchange: LiveExchange, done: Done) => void {
  const waterfall = tap.hook === 'selectProvider';
  return (first, exchange, done) => {
    if (skips(tap, exchange)) done(null, waterfall ? first : undefined);
    else begin(tap, house, exchange, first, exchange, done);
  };
}

/** A child exchange starts after `admit`. */
function skips(tap: Guarded, exchange: LiveExchange): boolean {
  if (tap.stage === 'admit') return exchange.parent !== undefined;
  return tap.instance !== undefined && !meets(tap.instance, exchange);
}

function begin(
  tap: Guarded,
  house: GuardHouse,
  exchange: LiveExchange,
  first: unknown,
  second: unknown,
  done: Done,
): void {
  exchange.speaker = tap.plugin;
  let result: unknown;
  try {
    result =
      tap.type === 'async'
        ? promised(tap.call, first, second)
        : second === undefined
          ? tap.call(first)
          : tap.call(first, second);
  } catch (error) {
    conclude(tap, house, exchange, first, error, true, done);
    return;
  }
  if (isThenable(result)) wait(tap, house, exchange, first, result, done);
  else conclude(tap, house, exchange, first, result, false, done);
}

function promised(call: TapFunction, first: unknown, second: unknown): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const back = (error: unknown, value: unknown): void => {
      if (error === undefined || error === null) resolve(value);
      else reject(error instanceof Error ? error : new Error('The tap said no.', { cause: error }));
    };
    if (second === undefined) call(first, back);
    else call(first, second, back);
  });
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}

/**
 * The latch: the first of answer, deadline and the client's leaving counts, all later ones are dropped. Without it tapable
 * would run the rest of the hook a second time, and a key check that timed out would let the request through.
 */
function wait(
  tap: Guarded,
  house: GuardHouse,
  exchange: LiveExchange,
  first: unknown,
  result: PromiseLike<unknown>,
  done: Done,
): void {
  let heard = false;
  const hear = (value: unknown, threw: boolean): void => {
    if (heard) return;
    heard = true;
    clock.end();
    exchange.forget(leave);
    conclude(tap, house, exchange, first, value, threw, done);
  };
  const clock = new TapClock(tap.timeoutMs, () => {
    hear(
      coreErrors.TAP_TIMEOUT(
        { plugin: tap.plugin, hook: `${tap.hook}.${tap.stage}`, timeoutMs: tap.timeoutMs },
        { plugin: tap.plugin },
      ),
      true,
    );
  });
  const leave = (error: GatewayError): void => hear(error, true);
  if (tap.hook === 'afterResponse') {
    // There is no deadline here: nothing but the tap's own time ends it.
    clock.start();
  } else {
    exchange.time(clock);
    exchange.whenGone(leave);
  }
  result.then(
    (value) => hear(value, false),
    (error: unknown) => hear(error, true),
  );
}

function conclude(
  tap: Guarded,
  house: GuardHouse,
  exchange: LiveExchange,
  first: unknown,
  value: unknown,
  threw: boolean,
  done: Done,
): void {
  if (!threw) {
    const wrong = complaint(tap, first, value);
    if (wrong === undefined) {
      exchange.trace?.push({ hook: tap.hook, stage: tap.stage, plugin: tap.plugin, did: described(tap, first, value) });
      done(null, value ?? (tap.hook === 'selectProvider' ? first : undefined));
      return;
    }
    value = coreErrors.TAP_RETURNED(
      { plugin: tap.plugin, hook: `${tap.hook}.${tap.stage}`, reason: wrong },
      { plugin: tap.plugin },
    );
  }
  fail(tap, house, exchange, first, value, threw, done);
}

/** A thrown GatewayError is a decision; any other throw, a timeout and a wrong return are the plugin's failure, and the stage says what follows. */
function fail(
  tap: Guarded,
  house: GuardHouse,
  exchange: LiveExchange,
  first: unknown,
  error: unknown,
  threw: boolean,
  done: Done,
): void {
  const decided = threw && GatewayError.is(error) && error.code !== 'TAP_TIMEOUT';
  if (decided && tap.hook !== 'afterResponse') {
    exchange.trace?.push({ hook: tap.hook, stage: tap.stage, plugin: tap.plugin, did: `threw ${error.code}` });
    if (exchange.gone === undefined) exchange.refusedBy ??= tap.plugin;
    done(error);
    return;
  }
  house.failed(tap.plugin, `${tap.hook}.${tap.stage}`, error);
  exchange.trace?.push({
    hook: tap.hook,
    stage: tap.stage,
    plugin: tap.plugin,
    did: `failed ${tap.closed ? 'closed' : 'open'}`,
  });
  if (!tap.closed) {
    done(null, tap.hook === 'selectProvider' ? first : undefined);
    return;
  }
  const known = GatewayError.is(error) && (error.code === 'TAP_TIMEOUT' || error.code === 'TAP_RETURNED');
  done(
    known
      ? error
      : coreErrors.TAP_FAILED(
          { plugin: tap.plugin, hook: `${tap.hook}.${tap.stage}` },
          { cause: error, plugin: tap.plugin },
        ),
  );
}

/** What is wrong with a tap's return, in words, or nothing. */
function complaint(tap: Guarded, first: unknown, value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  switch (tap.hook) {
    case 'beforeRoute':
      return isReply(value) ? undefined : 'it takes a Reply or nothing';
    case 'selectProvider':
      return targetsComplaint(tap.stage, first as readonly Target[], value);
    case 'onError':
      return isRecovery(value) ? undefined : 'it takes a Recovery or nothing';
    case 'afterResponse':
      return undefined;
  }
}

/** Whether a value has the shape of a Reply. */
export function isReply(value: unknown): value is Reply {
  if (typeof value !== 'object' || value === null) return false;
  const reply = value as { events?: unknown; bytes?: { pipe?: unknown }; dialect?: unknown };
  if (typeof reply.bytes?.pipe === 'function') return typeof reply.dialect === 'string';
  return (
    typeof reply.events === 'object' &&
    reply.events !== null &&
    (Symbol.asyncIterator in reply.events || Symbol.iterator in reply.events)
  );
}

function isRecovery(value: unknown): value is Recovery {
  if (typeof value !== 'object' || value === null) return false;
  const recovery = value as { target?: unknown; resume?: unknown; answer?: unknown };
  return isTarget(recovery.target) || isTarget(recovery.resume) || isReply(recovery.answer);
}

function isTarget(value: unknown): value is Target {
  const target = value as Partial<Target> | null | undefined;
  return (
    typeof target === 'object' &&
    target !== null &&
    typeof target.provider === 'string' &&
    typeof target.model === 'string'
  );
}

function targetsComplaint(stage: string, before: readonly Target[], value: unknown): string | undefined {
  if (!Array.isArray(value) || !value.every(isTarget)) return 'it takes a list of targets';
  const added =
    stage === 'assign' ? undefined : value.find((target) => !before.some((known) => sameTarget(known, target)));
  return added === undefined
    ? undefined
    : `only "assign" may add a target, and ${added.provider}/${added.model} was not on the list`;
}

function described(tap: Guarded, first: unknown, value: unknown): string {
  if (value === undefined || value === null) return 'passed';
  if (tap.hook !== 'selectProvider') return 'answered';
  const from = (first as readonly Target[]).length;
  return value === first ? 'passed' : `${from} → ${(value as readonly Target[]).length} targets`;
}

/** The hooks as the pipeline calls them. */
export type Settled = [settlement: Settlement, exchange: LiveExchange];
export type Failed = [failure: Failure, exchange: LiveExchange];
