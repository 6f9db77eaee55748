import {
  type Attempt,
  type AttemptRecord,
  coreErrors,
  type Exchange,
  nameOf,
  type Provider,
  type Queue,
  type Reply,
  retryAfterOf,
  sameTarget,
} from '@tapgate/core';
import type { What } from './amount.ts';
import { type Asked, askedOf } from './asked.ts';
import type { Expectation } from './expectation.ts';
import { type Hold, nothing } from './hold.ts';
import type { House } from './house.ts';
import type { Learned } from './learned.ts';
import type { Limit } from './limit.ts';
import { look } from './look.ts';
import type { ProviderPlace } from './provider-place.ts';
import { providerLimit } from './refusal.ts';
import { amountSpent, type Spent, spentBy } from './spent.ts';
import { stateOf } from './state.ts';
import { takeOrWait } from './take-or-wait.ts';

/**
 * Limits of providers: the operator's and those that the providers tell themselves. Each attempt is counted, a hedge and a
 * failover too; one that does not fit is refused for this target alone, and nobody is to blame for it.
 */
export class ProviderLimits {
  readonly #house: House;
  readonly #limits: readonly Limit[];
  readonly #learned: Learned | undefined;

  constructor(house: House, limits: readonly Limit[], learned: Learned | undefined) {
    this.#house = house;
    this.#limits = limits;
    this.#learned = learned;
  }

  around(provider: Provider): Provider {
    return { ...provider, call: (attempt) => this.#call(provider, attempt) };
  }

  #call(provider: Provider, attempt: Attempt): Promise<Reply> {
    if (this.#limits.length === 0) return this.#send(provider, attempt);
    const { exchange, target } = attempt;
    const expected = this.#expected(exchange);
    const asked = askedOf(this.#limits, exchange, target, expected);
    return asked.length === 0 ? this.#send(provider, attempt) : this.#reserved(provider, attempt, expected, asked);
  }

  /** As the caller's limits of this instance have it already. */
  #expected(exchange: Exchange): Expectation {
    const known = exchange.state.rateLimit?.held.find(({ by }) => by === this.#house.id);
    return known?.expected ?? this.#house.expect(exchange);
  }

  async #reserved(
    provider: Provider,
    attempt: Attempt,
    expected: Expectation,
    asked: readonly Asked[],
  ): Promise<Reply> {
    const { exchange, target, number, signal } = attempt;
    const holds = [...Map.groupBy(asked, ({ limit }) => (limit.shadow ? limit : undefined))].map(([limit, of]) => ({
      hold: this.#house.holdAttempt(`${exchange.id}:${number}:${limit?.name ?? ''}`, of, exchange.deadline),
      shadow: limit !== undefined,
    }));
    const unmade = unmadeOf(exchange);
    unmade.add(number);
    // Before anything is reserved: however the attempt ends, it is settled.
    void attempt.ended().then((record) =>
      this.#settle(
        holds.map(({ hold }) => hold),
        record,
        expected,
        unmade,
      ),
    );
    for (const { hold, shadow } of holds) {
      if (shadow) await look(this.#house, hold, exchange, target);
      else await takeOrWait(this.#house, hold, exchange, { target, signal, waits: !this.#othersLeft(attempt) });
    }
    // The queue, or a slow store, has outlasted whoever waited.
    if (signal.aborted) throw coreErrors.CLIENT_LEFT();
    unmade.delete(number);
    return this.#send(provider, attempt);
  }

  async #settle(
    holds: readonly Hold[],
    record: AttemptRecord,
    expected: Expectation,
    unmade: ReadonlySet<number>,
  ): Promise<void> {
    let spent: Spent | undefined;
    const amountOf = (what: What): bigint => amountSpent(what, (spent ??= spentBy(record, expected, this.#house)));
    // What a plugin refused in the provider's place was not asked of it.
    const unasked = unmade.has(record.number) || (record.failure === 'rejected' && record.status === undefined);
    for (const hold of holds) await hold.settle(unasked ? nothing : amountOf);
    for (const hold of holds) this.#house.freed(hold);
  }

  /** Nobody waits here for what another target may do at once. */
  #othersLeft({ exchange, target }: Attempt): boolean {
    if (this.#house.gateway.hooks.onError.taps.length === 0) return false;
    return exchange.targets.some(
      (other) => !sameTarget(other, target) && !exchange.attempts.some((made) => sameTarget(made.target, other)),
    );
  }

  /** Asks the provider, if it would not refuse, and learns from its reply. */
  #send(provider: Provider, attempt: Attempt): Promise<Reply> {
    const learned = this.#learned;
    if (learned === undefined) return provider.call(attempt);
    const place = learned.place(placeOf(provider, attempt));
    const tokens = (): number => this.#expected(attempt.exchange).input.likely;
    const exhausted = place.exhausted(tokens);
    if (exhausted === undefined) return ask(provider, attempt, place, tokens);
    const queue = this.#othersLeft(attempt) ? undefined : this.#house.gateway.service('queue');
    if (queue === undefined) throw providerLimit(attempt.target, exhausted);
    return this.#wait(queue, attempt, place, tokens).then(() => ask(provider, attempt, place, tokens));
  }

  /** Until the provider has some left again. */
  async #wait(
    queue: Queue,
    { exchange, target, number, signal }: Attempt,
    place: ProviderPlace,
    tokens: () => number,
  ): Promise<void> {
    const unmade = unmadeOf(exchange);
    unmade.add(number);
    for (let found = place.exhausted(tokens); found !== undefined; found = place.exhausted(tokens)) {
      const reason = `"${nameOf(target)}" allows no more for now`;
      await queue.wait(exchange, { resource: `provider:${place.name}`, until: found.until, reason, signal });
    }
    unmade.delete(number);
  }
}

function unmadeOf(exchange: Exchange): Set<number> {
  const state = stateOf(exchange);
  state.unmade ??= new Set();
  return state.unmade;
}

function ask(provider: Provider, attempt: Attempt, place: ProviderPlace, tokens: () => number): Promise<Reply> {
  const hear = place.send(tokens);
  return provider.call(attempt).then((reply) => {
    const { status = 200, headers } = reply;
    if (headers !== undefined) hear(headers, status);
    if (status === 429 || status === 529) shut(place, reply, attempt);
    return reply;
  });
}

/** The provider, the model there, and the credential: what vendors count by. */
function placeOf({ name, credentials }: Provider, { target }: Attempt): string {
  return `${name}/${target.model}#${target.credential ?? credentials[0] ?? ''}`;
}

/** How long it says it is shut: in its headers, or where those say nothing in its words, which its dialect reads. */
function shut(place: ProviderPlace, reply: Reply, attempt: Attempt): void {
  const forMs = retryAfterOf(reply.headers ?? new Map<string, string>());
  if (forMs !== undefined) {
    place.shut(forMs);
    return;
  }
  void attempt.ended().then(({ error }) => {
    if (error?.retryAfterMs !== undefined) place.shut(error.retryAfterMs);
    return undefined;
  });
}
