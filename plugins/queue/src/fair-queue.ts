import { coreErrors, type Exchange, GatewayError, type QueueTurn } from '@tapgate/core';
import { clientPatienceMs } from './client-patience.ts';
import { Crowd } from './crowd.ts';
import { errors } from './errors.ts';
import { ResourceLine } from './resource-line.ts';
import { Ticket } from './ticket.ts';

/** How one gateway lets its requests wait. */
export interface QueueRules {
  readonly maxWaiting: number;
  readonly maxPerKey: number;
  readonly maxWaitMs: number;
  readonly keyOf: (exchange: Exchange) => string;
  /** The place among `priorities`. */
  readonly rankOf: (exchange: Exchange) => number;
  readonly weightOf: (key: string) => number;
}

/** How a line stands, for administrators. */
export interface LineStanding {
  readonly resource: string;
  readonly waiting: number;
  readonly reason: string;
  /** ISO 8601; when its first is let go. */
  readonly until: string;
}

/** Less than this is not enough for an answer, milliseconds. */
const leastLeftMs = 250;

/** Said where nobody knows when there will be room. */
const guessedRetryAfterMs = 1000;

const maxTimerMs = 2 ** 31 - 1;

/** Everybody who waits in this process, line by line. One per process, so that a reload moves nobody. */
export class FairQueue {
  readonly #lines = new Map<string, ResourceLine>();
  readonly #crowd = new Crowd();
  readonly #tickets = new Map<Exchange, Set<Ticket>>();
  /** When an exchange began to wait, in whatever line. */
  readonly #since = new WeakMap<Exchange, number>();

  get size(): number {
    return this.#crowd.size;
  }

  waiting(resource: string): number {
    return this.#lines.get(resource)?.size ?? 0;
  }

  freed(resource: string): void {
    this.#lines.get(resource)?.freed();
  }

  /** @see Queue.wait */
  async wait(exchange: Exchange, wanted: QueueTurn, rules: QueueRules): Promise<void> {
    if (exchange.signal.aborted || wanted.signal?.aborted === true) throw left(exchange);
    if (exchange.dry) throw late(wanted);
    if (!this.#since.has(exchange)) this.#since.set(exchange, Date.now());
    const trying = this.#tryingIn(exchange, wanted.resource);
    const turn = trying === undefined ? this.#stand(exchange, wanted, rules) : this.#standAgain(trying, wanted);
    await exchange.waitFor(turn);
    exchange.replyHeaders.set('x-tapgate-queue-wait-ms', String(this.#waitedMs(exchange)));
  }

  /** The exchange goes on: what it tried has succeeded. */
  went(exchange: Exchange): void {
    for (const ticket of this.#of(exchange)) if (ticket.trying) this.#went(ticket);
  }

  /** The exchange is over, whatever it waited for. */
  settled(exchange: Exchange): void {
    for (const ticket of this.#of(exchange)) {
      if (ticket.trying) this.#went(ticket);
      else this.#refuse(ticket, left(exchange));
    }
  }

  standings(): readonly LineStanding[] {
    return [...this.#lines.values()].map((line) => {
      const [first] = line.tickets();
      const until = new Date(Math.max(Date.now(), first?.until ?? 0)).toISOString();
      return { resource: line.name, waiting: line.size, reason: first?.reason ?? '', until };
    });
  }

  close(): void {
    for (const ticket of [...this.#tickets.values()].flatMap((tickets) => [...tickets]))
      this.#refuse(ticket, errors.QUEUE_CLOSED({}, said()));
  }

  async #stand(exchange: Exchange, wanted: QueueTurn, rules: QueueRules): Promise<void> {
    const { resource, until, reason } = wanted;
    const key = rules.keyOf(exchange);
    const line = this.#lines.get(resource) ?? new ResourceLine(resource, (ticket) => this.#went(ticket));
    const place = { key, rank: rules.rankOf(exchange), weight: rules.weightOf(key), reason };
    const ticket = new Ticket(exchange, line, { ...place, latest: this.#latest(exchange, rules) });
    if (Math.max(until, Date.now()) > ticket.latest) throw late(wanted);
    this.#makeRoom(ticket, wanted, rules);
    this.#lines.set(resource, line);
    this.#crowd.add(ticket);
    this.#tickets.set(exchange, new Set([...this.#of(exchange), ticket]));
    const turn = this.#turn(ticket, wanted);
    line.stand(ticket, until);
    if (!ticket.trying) exchange.replyHeaders.set('x-tapgate-queue-position', String(line.placeOf(ticket)));
    await turn;
  }

  async #standAgain(ticket: Ticket, wanted: QueueTurn): Promise<void> {
    const until = ticket.line.againAt(ticket, wanted.until);
    if (until > ticket.latest) {
      this.#leave(ticket);
      throw late({ ...wanted, until });
    }
    const turn = this.#turn(ticket, wanted);
    ticket.line.again(ticket, until);
    await turn;
  }

  /** Settles when its turn has come, when waiting is not worth it any more, or when nobody waits for the answer. */
  #turn(ticket: Ticket, { signal }: QueueTurn): Promise<void> {
    const { exchange } = ticket;
    ticket.unwatch();
    const leave = (): void => this.#refuse(ticket, left(exchange));
    const signals = signal === undefined ? [exchange.signal] : [exchange.signal, signal];
    for (const one of signals) one.addEventListener('abort', leave);
    const timer = setTimeout(
      () => {
        if (!ticket.trying) this.#refuse(ticket, this.#inVain(ticket));
      },
      Math.min(ticket.latest - Date.now(), maxTimerMs),
    );
    ticket.unwatch = (): void => {
      clearTimeout(timer);
      for (const one of signals) one.removeEventListener('abort', leave);
    };
    return ticket.turn();
  }

  #makeRoom(newcomer: Ticket, wanted: QueueTurn, { maxWaiting, maxPerKey }: QueueRules): void {
    if (this.#crowd.of(newcomer.key) >= maxPerKey)
      throw errors.QUEUE_KEY_FULL({ reason: wanted.reason }, said(wanted.until));
    if (this.#crowd.size < maxWaiting) return;
    const leaving = this.#crowd.makesRoomFor(newcomer);
    if (leaving === undefined) throw errors.QUEUE_FULL({ reason: wanted.reason }, said(wanted.until));
    this.#refuse(leaving, errors.QUEUE_FULL({ reason: leaving.reason }, said(leaving.until)));
  }

  #latest(exchange: Exchange, { maxWaitMs }: QueueRules): number {
    const since = this.#since.get(exchange) ?? Date.now();
    const patience = clientPatienceMs(exchange.headers);
    const given =
      patience === undefined ? exchange.deadline : Math.min(exchange.deadline, exchange.startedAt + patience);
    return Math.min(since + maxWaitMs, given - leastLeftMs);
  }

  /** The ticket that was let go there. Who goes on to wait elsewhere has got what it waited for before. */
  #tryingIn(exchange: Exchange, resource: string): Ticket | undefined {
    let here: Ticket | undefined;
    for (const ticket of this.#of(exchange)) {
      if (!ticket.trying) continue;
      if (ticket.line.name === resource) here ??= ticket;
      else this.#went(ticket);
    }
    return here;
  }

  #of(exchange: Exchange): readonly Ticket[] {
    const tickets = this.#tickets.get(exchange);
    return tickets === undefined ? [] : [...tickets];
  }

  #inVain({ exchange, reason, until }: Ticket): GatewayError {
    return errors.QUEUE_TIMEOUT({ waitedMs: this.#waitedMs(exchange), reason }, said(until));
  }

  #waitedMs(exchange: Exchange): number {
    return Date.now() - (this.#since.get(exchange) ?? Date.now());
  }

  #refuse(ticket: Ticket, error: GatewayError): void {
    ticket.refuse(error);
    this.#leave(ticket);
  }

  #leave(ticket: Ticket): void {
    this.#forget(ticket);
    ticket.line.leave(ticket);
    this.#tidy(ticket.line);
  }

  #went(ticket: Ticket): void {
    this.#forget(ticket);
    ticket.line.went(ticket);
    this.#tidy(ticket.line);
  }

  #forget(ticket: Ticket): void {
    ticket.unwatch();
    this.#crowd.delete(ticket);
    const tickets = this.#tickets.get(ticket.exchange);
    tickets?.delete(ticket);
    if (tickets?.size === 0) this.#tickets.delete(ticket.exchange);
  }

  #tidy(line: ResourceLine): void {
    if (line.size > 0) return;
    line.close();
    if (this.#lines.get(line.name) === line) this.#lines.delete(line.name);
  }
}

/** With the queue named as who said it, so that no provider is blamed where a wrap waited. */
function said(until = 0): { readonly plugin: string; readonly retryAfterMs: number } {
  const inMs = until - Date.now();
  return { plugin: 'queue', retryAfterMs: inMs > 0 ? inMs : guessedRetryAfterMs };
}

function late({ reason, until }: QueueTurn): GatewayError {
  return errors.QUEUE_LATE({ reason }, said(until));
}

/** Why nobody waits any more, in core's own words where it has some. */
function left({ signal }: Exchange): GatewayError {
  return GatewayError.is(signal.reason) ? signal.reason : coreErrors.CLIENT_LEFT();
}
