import {
  type Exchange,
  type Failure,
  type Gateway,
  nameOf,
  type Queue,
  type Recovery,
  type Target,
} from '@tapgate/core';
import { fullJitter } from './backoff.ts';
import { isCertificate } from './blame.ts';
import { errors } from './errors.ts';
import type { Health } from './health.ts';
import type { Journeys } from './journeys.ts';
import type { FailoverOptions } from './options.ts';
import { candidates, followsOf } from './policy.ts';
import { type Nobody, waitedFor } from './waiting.ts';

/** With less than this left before the deadline no attempt is worth beginning, milliseconds. */
const leastMs = 250;

/** Decides what follows a failure, with what one gateway knows and one policy wants. */
export class Recoveries {
  readonly #gateway: Gateway;
  readonly #health: Health;
  readonly #journeys: Journeys;
  readonly #options: FailoverOptions;

  constructor(gateway: Gateway, health: Health, journeys: Journeys, options: FailoverOptions) {
    this.#gateway = gateway;
    this.#health = health;
    this.#journeys = journeys;
    this.#options = options;
  }

  /** The same target once more, after a random wait; nothing where that is not what helps. */
  again(failure: Failure, exchange: Exchange): Recovery | undefined {
    if (failure.inFlight || failure.committed || !this.#mayGoOn(failure, exchange)) return undefined;
    const follow = followsOf(failure, this.#options);
    const others = candidates(this.#gateway, this.#health, this.#journeys, failure, exchange, follow);
    // A silence is not waited for twice while there is somebody else to ask.
    if (follow !== 'again' && !(failure.kind === 'slow' && follow === 'next' && others.length === 0)) return undefined;
    const { target } = failure.attempt;
    const { again } = this.#journeys.of(exchange);
    // The attempts that are left belong to those who have not had theirs.
    if (again.has(nameOf(target)) || this.#left(exchange) <= others.length || !this.#worthIt(failure, exchange))
      return undefined;
    if (!this.#health.budget(exchange.model, target.provider).take(this.#options.retry)) {
      if (others.length === 0) stopClients(exchange);
      return undefined;
    }
    again.add(nameOf(target));
    const { retry } = this.#options;
    return { target, afterMs: fullJitter(exchange.attempts.length - 1, retry, this.#health.chance.random) };
  }

  /** Another target, or the rest of a broken answer from one. */
  elsewhere(failure: Failure, exchange: Exchange): Recovery | undefined {
    if (!this.#mayGoOn(failure, exchange)) return undefined;
    if (failure.committed) return this.#rest(failure, exchange);
    if (failure.inFlight) return this.#insteadOfSlow(failure, exchange);
    const follow = followsOf(failure, this.#options);
    if (follow === 'nothing') return undefined;
    const next = this.#next(failure, exchange, follow);
    return next === undefined ? undefined : { target: next };
  }

  /** Where all have asked to slow down and requests may wait, the first whose time is over. */
  later(failure: Failure, exchange: Exchange): Promise<Recovery | undefined> | undefined {
    const queue = this.#gateway.service('queue');
    if (queue === undefined || failure.kind !== 'throttled' || failure.committed || failure.inFlight) return undefined;
    if (!this.#mayGoOn(failure, exchange) || this.#absent(exchange) === undefined) return undefined;
    return this.#waited(queue, failure, exchange);
  }

  async #waited(queue: Queue, failure: Failure, exchange: Exchange): Promise<Recovery | undefined> {
    const { targets } = exchange;
    if (!(await waitedFor(queue, exchange, targets, () => this.#absent(exchange)))) return undefined;
    const target = targets.find((one) => this.#journeys.absence(one, exchange) === undefined);
    if (target === undefined || !this.#mayGoOn(failure, exchange)) return undefined;
    if (this.#health.budget(exchange.model, target.provider).take(this.#options.retry)) return { target };
    stopClients(exchange);
    return undefined;
  }

  /** Why nobody of the selection may be asked; nothing where somebody may. */
  #absent(exchange: Exchange): Nobody | undefined {
    const untils = exchange.targets.map((target) => this.#journeys.absence(target, exchange)?.until ?? 0);
    const until = Math.min(...untils);
    if (until <= this.#health.chance.now()) return undefined;
    return { error: errors.TARGETS_COOLING({ model: exchange.model.slice(0, 200) }), until };
  }

  #mayGoOn(failure: Failure, exchange: Exchange): boolean {
    if (!failure.replayable || failure.attemptsLeft <= 0 || this.#left(exchange) <= 0) return false;
    // Who else is under way may still win; whoever of them fails asks again.
    if (failure.alongside > 0) return false;
    return exchange.deadline - this.#health.chance.now() >= leastMs;
  }

  #left(exchange: Exchange): number {
    return this.#options.attempts - exchange.attempts.length;
  }

  /** What would be said again is not asked for again. */
  #worthIt({ error, attempt }: Failure, exchange: Exchange): boolean {
    if (!error.retryable || isCertificate(error) || this.#journeys.known(exchange)?.panics === true) return false;
    return this.#journeys.absence(attempt.target, exchange) === undefined;
  }

  /** The first that may be asked. One at a provider that this request has been to is a retry, and must be paid for. */
  #next(failure: Failure, exchange: Exchange, follow: 'again' | 'next' | 'larger'): Target | undefined {
    const { retry } = this.#options;
    const others = candidates(this.#gateway, this.#health, this.#journeys, failure, exchange, follow);
    const free = failure.kind === 'credential' || failure.kind === 'rejected' || failure.kind === 'context';
    const next = others.find((target) => {
      const been = exchange.attempts.some((made) => made.target.provider === target.provider);
      return free || !been || this.#health.budget(exchange.model, target.provider).take(retry);
    });
    if (next === undefined && others.length > 0) stopClients(exchange);
    return next;
  }

  #insteadOfSlow(failure: Failure, exchange: Exchange): Recovery | undefined {
    const { onSlow, hedge } = this.#options;
    const [next] = candidates(this.#gateway, this.#health, this.#journeys, failure, exchange, 'next');
    if (onSlow === 'off' || next === undefined) return undefined;
    const usual = onSlow === 'hedge' ? this.#health.usualMs(failure.attempt.target, hedge.leastSamples) : undefined;
    if (usual === undefined) return { target: next };
    const journey = this.#journeys.of(exchange);
    if (journey.hedged || mayActTwice(exchange) || !this.#health.hedges.take(hedge.share)) return undefined;
    journey.hedged = true;
    return { target: next, beside: true };
  }

  /** Who goes on with an answer that broke off: the same model where there is one, since only it may say the same. */
  #rest(failure: Failure, exchange: Exchange): Recovery | undefined {
    const { afterCommit } = this.#options;
    const { attempt, kind } = failure;
    if (afterCommit === 'end' || kind === 'caller' || kind === 'policy' || kind === 'gateway') return undefined;
    if (attempt.error?.code === 'RESUME_DISAGREED') return undefined;
    const by = afterCommit === 'continue' ? 'prefill' : 'replay';
    const others = candidates(this.#gateway, this.#health, this.#journeys, failure, exchange, 'next');
    const { again } = this.#journeys.of(exchange);
    const same = again.has(nameOf(attempt.target)) || !this.#worthIt(failure, exchange) ? [] : [attempt.target];
    const able = [...others.filter(({ model }) => model === attempt.target.model), ...others, ...same].find(
      (target) => by === 'replay' || this.#gateway.capabilities(target)['prefill'] === true,
    );
    if (able === undefined) return undefined;
    if (able === attempt.target) again.add(nameOf(able));
    return { resume: able, by };
  }
}

/** Who has spent the budget here must not spend it again from outside: the official clients heed this. */
function stopClients(exchange: Exchange): void {
  exchange.replyHeaders.set('x-should-retry', 'false');
}

/** Dialects whose providers keep every answer unless they are told not to. */
const storing: ReadonlySet<string> = new Set(['openai-responses']);

/** Whether answering twice could do something twice: call a tool, or store an answer that nobody saw. */
function mayActTwice(exchange: Exchange): boolean {
  const request = exchange.read();
  if (request === undefined || request.tools.length > 0) return true;
  return request.state?.store ?? (request.state !== undefined || storing.has(exchange.dialect));
}
