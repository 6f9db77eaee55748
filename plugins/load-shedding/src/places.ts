import {
  type Attempt,
  type Exchange,
  type Gateway,
  nameOf,
  type Priority,
  priorityOf,
  type Provider,
  type Queue,
  type Reply,
  type Target,
} from '@tapgate/core';
import type { AdaptiveLimit } from './adaptive-limit.ts';
import { errors } from './errors.ts';
import type { LoadSheddingOptions } from './options.ts';
import { refusal } from './refusal.ts';
import { endOf, type Traffic } from './traffic.ts';

/** A queue is told when a place is free; this is for what it is not told of, milliseconds. */
const lookAgainMs = 1000;
/** A queue bounds its waits; this ends it with one that lets go at once, again and again. */
const maxRounds = 1000;

/** Who may go to which target now, by the target's limit and the request's priority. */
export class Places {
  readonly #gateway: Gateway;
  readonly #traffic: Traffic;
  readonly #options: LoadSheddingOptions;
  /** Lines in which somebody waits, with the names of the targets of each. */
  readonly #lines = new Map<string, readonly string[]>();

  constructor(gateway: Gateway, traffic: Traffic, options: LoadSheddingOptions) {
    this.#gateway = gateway;
    this.#traffic = traffic;
    this.#options = options;
  }

  /** Those of the targets that have room; where none has, it is waited for, or refused. */
  choose(targets: readonly Target[], exchange: Exchange): readonly Target[] | Promise<readonly Target[]> {
    if (targets.length === 0) return targets;
    const queue = exchange.dry ? undefined : this.#gateway.service('queue');
    const left = this.#roomy(targets, exchange);
    // Who comes new stands behind those who wait.
    const othersWait = queue !== undefined && this.#lines.size > 0 && queue.waiting(lineOf(targets)) > 0;
    if (left.length > 0 && !othersWait) return left;
    if (queue === undefined) throw this.#busy(exchange);
    return this.#wait(queue, targets, exchange, othersWait);
  }

  /** Makes the call, and learns from how it goes. */
  call(provider: Provider, attempt: Attempt): Promise<Reply> {
    const { target, exchange, streamed } = attempt;
    const limit = this.#limitOf(target);
    // Several may have been told at the same moment that there is room.
    if (!limit.admits(this.#share(exchange)))
      throw errors.TARGET_BUSY({ target: nameOf(target) }, { plugin: 'load-shedding' });
    const running = limit.begin(Date.now(), exchange.body?.length ?? 0, streamed);
    if (streamed)
      attempt.firstEvent().then(
        () => limit.first(running, Date.now()),
        () => {},
      );
    void attempt.ended().then((record) => {
      limit.end(running, endOf(record, streamed), Date.now());
      this.#freed(target);
      return undefined;
    });
    return provider.call(attempt);
  }

  async #wait(
    queue: Queue,
    targets: readonly Target[],
    exchange: Exchange,
    behind: boolean,
  ): Promise<readonly Target[]> {
    const resource = lineOf(targets);
    const reason = `every target of "${modelOf(exchange)}" has as much to do as it can`;
    for (let round = 0; round < maxRounds; round += 1) {
      this.#lines.set(resource, targets.map(nameOf));
      const until = round === 0 && behind ? 0 : Date.now() + lookAgainMs;
      await queue.wait(exchange, { resource, until, reason });
      const left = this.#roomy(targets, exchange);
      if (left.length > 0) return left;
    }
    throw this.#busy(exchange);
  }

  #roomy(targets: readonly Target[], exchange: Exchange): readonly Target[] {
    const share = this.#share(exchange);
    const left = targets.filter((target) => this.#limitOf(target).admits(share));
    if (left.length === targets.length) return targets;
    for (const target of targets) if (!left.includes(target)) exchange.note('it has as much to do as it can', target);
    return left;
  }

  #freed(target: Target): void {
    const queue = this.#gateway.service('queue');
    for (const [resource, targets] of this.#lines) {
      if ((queue?.waiting(resource) ?? 0) === 0) this.#lines.delete(resource);
      else if (targets.includes(nameOf(target))) queue?.freed(resource);
    }
  }

  #limitOf(target: Target): AdaptiveLimit {
    return this.#traffic.at(target, this.#options.concurrency);
  }

  #share(exchange: Exchange): number {
    return this.#options.shares[this.#priority(exchange)];
  }

  #priority(exchange: Exchange): Priority {
    return priorityOf(exchange, this.#options.priority);
  }

  #busy(exchange: Exchange): Error {
    return refusal(errors.TARGETS_BUSY, { model: modelOf(exchange) }, this.#priority(exchange));
  }
}

function lineOf(targets: readonly Target[]): string {
  return `load-shedding:${targets.map(nameOf).join(' ')}`;
}

function modelOf({ model }: Exchange): string {
  return model.slice(0, 200);
}
