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
import { type Asked, askedOf } from './asked.ts';
import type { Expectation } from './expectation.ts';
import { type Hold, nothing } from './hold.ts';
import type { House } from './house.ts';
import type { Exhausted, Learned, Need } from './learned.ts';
import type { Limit, What } from './limit.ts';
import { providerLimit } from './refusal.ts';
import { amountSpent, type Spent, spentBy } from './spent.ts';
import { stateOf } from './state.ts';
import { takeOrWait } from './take-or-wait.ts';

/** Attempts that an instance before has looked at already: of several, one learns. */
const looked = new WeakSet<Attempt>();

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
    const { exchange, target } = attempt;
    const expected = this.#expected(exchange);
    const asked = askedOf(this.#limits, exchange, target, expected, this.#house.values);
    return asked.length === 0
      ? this.#send(provider, attempt, expected)
      : this.#reserved(provider, attempt, expected, asked);
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
      hold: this.#house.hold(`${exchange.id}:${number}:${limit?.name ?? ''}`, of, exchange.deadline),
      shadow: limit !== undefined,
    }));
    const { unmade } = stateOf(exchange);
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
      if (shadow) await this.#look(hold, attempt);
      else await takeOrWait(this.#house, hold, exchange, { target, signal, waits: !this.#othersLeft(attempt) });
    }
    // The queue, or a slow store, has outlasted whoever waited.
    if (signal.aborted) throw coreErrors.CLIENT_LEFT();
    unmade.delete(number);
    return this.#send(provider, attempt, expected);
  }

  async #look(hold: Hold, { exchange, target }: Attempt): Promise<void> {
    const refusal = await hold.take().catch(() => undefined);
    if (refusal === undefined) {
      if (hold.granted) this.#house.tally.granted(hold.asked);
      return;
    }
    this.#house.tally.refused(refusal.asked);
    exchange.note(`shadow: the limit "${refusal.asked.limit.name}" would refuse`, target);
  }

  async #settle(
    holds: readonly Hold[],
    record: AttemptRecord,
    expected: Expectation,
    unmade: ReadonlySet<number>,
  ): Promise<void> {
    let spent: Spent | undefined;
    const amountOf = (what: What): bigint => amountSpent(what, (spent ??= spentBy(record, expected, this.#house)));
    for (const hold of holds) await hold.settle(unmade.has(record.number) ? nothing : amountOf);
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
  #send(provider: Provider, attempt: Attempt, expected: Expectation): Promise<Reply> {
    const learned = this.#learned;
    if (learned === undefined || looked.has(attempt)) return provider.call(attempt);
    looked.add(attempt);
    const place = placeOf(provider, attempt);
    const need = (): Need => needOf(expected);
    const ask = (): Promise<Reply> => this.#ask(learned, provider, attempt, place, need);
    const exhausted = learned.exhausted(place, need);
    if (exhausted === undefined) return ask();
    const queue = this.#othersLeft(attempt) ? undefined : this.#house.gateway.service('queue');
    if (queue === undefined) throw providerLimit(attempt.target, exhausted);
    return this.#wait(queue, attempt, () => learned.exhausted(place, need), `provider:${place}`).then(ask);
  }

  /** Until the provider has some left again. */
  async #wait(
    queue: Queue,
    { exchange, target, number, signal }: Attempt,
    exhausted: () => Exhausted | undefined,
    resource: string,
  ): Promise<void> {
    const { unmade } = stateOf(exchange);
    unmade.add(number);
    for (let found = exhausted(); found !== undefined; found = exhausted()) {
      const reason = `"${nameOf(target)}" allows no more for now`;
      await queue.wait(exchange, { resource, until: found.until, reason, signal });
    }
    unmade.delete(number);
  }

  #ask(learned: Learned, provider: Provider, attempt: Attempt, place: string, need: () => Need): Promise<Reply> {
    const hear = learned.send(place, need);
    return provider.call(attempt).then((reply) => {
      if (reply.headers !== undefined) hear(reply.headers);
      const { status = 200 } = reply;
      if (status === 429 || status === 529) shut(learned, place, reply, attempt);
      return reply;
    });
  }
}

/** The provider, the model there, and the credential: what vendors count by. */
function placeOf({ name, credentials }: Provider, { target }: Attempt): string {
  return `${name}/${target.model}#${target.credential ?? credentials[0] ?? ''}`;
}

function needOf({ input }: Expectation): Need {
  return { requests: 1, tokens: input.likely, inputTokens: input.likely, outputTokens: 0 };
}

/** How long it says it is shut: in its headers, or where those say nothing in its words, which its dialect reads. */
function shut(learned: Learned, place: string, reply: Reply, attempt: Attempt): void {
  const forMs = retryAfterOf(reply.headers ?? new Map<string, string>());
  if (forMs !== undefined) {
    learned.shut(place, forMs);
    return;
  }
  void attempt.ended().then(({ error }) => {
    if (error?.retryAfterMs !== undefined) learned.shut(place, error.retryAfterMs);
    return undefined;
  });
}
