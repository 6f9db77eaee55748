import type { Body } from './body.ts';
import type { ChatRequest } from './canonical/request.ts';
import type { Dialect, Incoming, Peeked } from './dialect.ts';
import { coreErrors, GatewayError } from './errors.ts';
import type { AttemptRecord, Target } from './provider.ts';
import type { Caller, Exchange, ExchangeState, Kept, Outcome, Transform } from './exchange.ts';
import { Keeper } from './kept.ts';
import type { HeaderMap, Reply } from './reply.ts';
import type { Secret } from './secret.ts';
import type { TapClock } from './tap-clock.ts';

/** What has arrived, before it is an exchange. */
export interface Arrival {
  readonly id: string;
  readonly startedAt: number;
  readonly dialect: Dialect;
  readonly method: string;
  readonly incoming: Incoming;
  readonly credential: Secret | undefined;
  readonly address: string;
  readonly session: string | undefined;
  readonly deadlineMs: number;
  readonly unsupported: 'refuse' | 'drop';
  /** A plugin is loaded that admits callers: who is not admitted is refused. */
  readonly guarded: boolean;
  readonly dry: boolean;
  readonly parent: LiveExchange | undefined;
  readonly caller: Caller | undefined;
  readonly state: Partial<ExchangeState> | undefined;
  /** A plugin's own endpoint, which answers in place of a model. */
  readonly own: ((exchange: Exchange) => Reply | Promise<Reply>) | undefined;
  /** Why it is refused before anything is asked: a body too large, unreadable, or broken. */
  readonly refused: GatewayError | undefined;
}

/** Who is served where nobody admits. */
export const anonymous: Caller = { id: 'anonymous', tenant: 'anonymous', labels: {}, claims: {} };

const nothingPeeked: Peeked = { model: '', streamed: false };
const noVaries: ReadonlyMap<string, string> = new Map();

/** What a tap did, for `explain`. */
export interface TraceLine {
  readonly hook: string;
  readonly stage: string;
  readonly plugin: string;
  readonly did: string;
}

/** An exchange as core drives it. Plugins see it as `Exchange`. */
export class LiveExchange implements Exchange {
  readonly id: string;
  readonly startedAt: number;
  /** Milliseconds since 1970; a model's own limit may bring it nearer. */
  deadline: number;
  readonly parent: LiveExchange | undefined;
  readonly incoming: Incoming;
  readonly spoken: Dialect;
  readonly method: string;
  readonly streamed: boolean;
  readonly peeked: Peeked;
  readonly dry: boolean;
  readonly credential: Secret | undefined;
  readonly session: string | undefined;
  readonly address: string;
  readonly state: Partial<ExchangeState>;
  readonly replyHeaders: Map<string, string> = new Map();
  readonly attempts: AttemptRecord[] = [];
  readonly notes: { by: string; reason: string; about?: Target }[] = [];
  readonly changedBy: string[] = [];
  /** Fields that a target does not get as they were asked. */
  readonly dropped: string[] = [];
  /** In the order they were added; they run in reverse, so that who came first is nearest the client. */
  readonly transforms: Transform[] = [];
  /** Which instances' `when` fits, by index; decided once. */
  readonly scopes: boolean[] = [];
  readonly arrival: Arrival;
  /** Where it is among those that are open. */
  place = -1;

  model: string;
  unsupported: 'refuse' | 'drop';
  targets: readonly Target[] = [];
  /** The plugin that is being asked, so that what it says is attributed. */
  speaker: string = 'core';
  refusedBy: string | undefined;
  answeredBy: string | undefined;
  trace: TraceLine[] | undefined;
  keeper: Keeper | undefined;
  edited = false;
  /** The first cause of the end. */
  outcome: Outcome | undefined;
  firstEventAt: number | undefined;
  /** Why nobody waits for the answer any more: the client left, or the deadline passed. */
  gone: GatewayError | undefined;

  #caller: Caller | undefined;
  #request: ChatRequest | undefined;
  #controller: AbortController | undefined;
  #varies: Map<string, string> | undefined;
  #whenGone: ((error: GatewayError) => void)[] | undefined;
  #clock: TapClock | undefined;
  #whenWaits: (() => void) | undefined;
  #waits = 0;

  constructor(arrival: Arrival) {
    this.arrival = arrival;
    this.id = arrival.id;
    this.startedAt = arrival.startedAt;
    this.deadline = arrival.startedAt + arrival.deadlineMs;
    this.parent = arrival.parent;
    this.incoming = arrival.incoming;
    this.spoken = arrival.dialect;
    this.method = arrival.method;
    this.dry = arrival.dry;
    this.credential = arrival.credential;
    this.address = arrival.address;
    this.state = arrival.state ?? {};
    this.unsupported = arrival.unsupported;
    this.#caller = arrival.caller;
    this.peeked = arrival.refused ? nothingPeeked : arrival.dialect.peek(arrival.incoming);
    this.model = this.peeked.model;
    this.streamed = this.peeked.streamed;
    this.session = arrival.session ?? this.peeked.session;
    if (this.dry) this.trace = [];
  }

  get dialect(): string {
    return this.spoken.name;
  }

  get operation(): string {
    return this.incoming.operation;
  }

  get path(): string {
    return this.incoming.path;
  }

  get headers(): HeaderMap {
    return this.incoming.headers;
  }

  get varies(): ReadonlyMap<string, string> {
    return this.#varies ?? noVaries;
  }

  get body(): Body | undefined {
    return this.incoming.body.stream === undefined ? this.incoming.body : undefined;
  }

  get caller(): Caller {
    return this.#caller ?? anonymous;
  }

  get user(): string | undefined {
    if (!this.edited) return this.peeked.user;
    return this.#request?.user?.safetyId ?? this.#request?.user?.id;
  }

  get maxOutputTokens(): number | undefined {
    return this.edited ? this.#request?.output.maxTokens : this.peeked.maxOutputTokens;
  }

  get choices(): number {
    return (this.edited ? this.#request?.output.n : this.peeked.choices) ?? 1;
  }

  get wantsUsage(): boolean {
    return this.peeked.wantUsage ?? true;
  }

  /** Somebody should have admitted the caller, and nobody did. */
  get unadmitted(): boolean {
    return this.arrival.guarded && this.#caller === undefined;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      const controller = new AbortController();
      this.#controller = controller;
      this.whenGone((error) => controller.abort(error));
    }
    return this.#controller.signal;
  }

  admit(caller: Caller): void {
    if (this.#caller !== undefined) throw new TypeError('The caller is set once.');
    this.#caller = caller;
  }

  read(): ChatRequest | undefined {
    if (this.#request === undefined && this.spoken.translates.includes(this.operation)) {
      this.#request = this.spoken.readRequest(this.incoming);
    }
    return this.#request;
  }

  edit(change: (request: ChatRequest) => ChatRequest): void {
    const request = this.read();
    if (request === undefined) throw new TypeError(`A request for ${this.operation} has no canonical form to edit.`);
    const changed = change(request);
    if (changed === request) return;
    this.#request = changed;
    this.edited = true;
    this.model = changed.model;
    addTo(this.changedBy, this.speaker);
  }

  transform(change: Transform): void {
    this.transforms.push(change);
    addTo(this.changedBy, this.speaker);
  }

  vary(by: string, value: string): void {
    this.#varies ??= new Map();
    this.#varies.set(by, value);
  }

  keep(want: { readonly maxBytes?: number; readonly digests?: true }): Kept {
    this.keeper ??= new Keeper(this);
    return this.keeper.want(want);
  }

  note(reason: string, about?: Target): void {
    if (this.notes.length < 200)
      this.notes.push(about === undefined ? { by: this.speaker, reason } : { by: this.speaker, reason, about });
  }

  /** Tells one who listens that a wait begins. */
  whenWaits(listener: () => void): void {
    this.#whenWaits = listener;
  }

  waitFor<Value>(turn: Promise<Value>): Promise<Value> {
    this.#waits += 1;
    this.#clock?.stop();
    this.#whenWaits?.();
    const over = (): void => {
      this.#waits -= 1;
      if (this.#waits === 0) this.#clock?.start();
    };
    turn.then(over, over);
    return turn;
  }

  /** Begins to measure the tap that is being asked. Taps of an exchange are asked one after the other. */
  time(clock: TapClock): void {
    this.#clock = clock;
    if (this.#waits === 0) clock.start();
  }

  /** What a target does not get of it. */
  drop(field: string): void {
    addTo(this.dropped, field);
  }

  /** Calls back once, at once or later, when nobody waits any more. */
  whenGone(listener: (error: GatewayError) => void): void {
    if (this.gone !== undefined) listener(this.gone);
    else if (this.#whenGone === undefined) this.#whenGone = [listener];
    else this.#whenGone.push(listener);
  }

  /** Does not call back any more. */
  forget(listener: (error: GatewayError) => void): void {
    const at = this.#whenGone?.indexOf(listener) ?? -1;
    if (at >= 0) this.#whenGone?.splice(at, 1);
  }

  /** The client left, or the deadline passed: the first reason stays. */
  leave(error: GatewayError = coreErrors.CLIENT_LEFT()): void {
    if (this.gone !== undefined) return;
    this.gone = error;
    this.end(error.kind === 'client-left' ? 'client-left' : 'timeout');
    const listeners = this.#whenGone ?? [];
    // One that is told may have another one forgotten, who then is not told.
    for (let next = listeners.shift(); next !== undefined; next = listeners.shift()) next(error);
  }

  /** Sets how it ended; the first cause wins. */
  end(outcome: Outcome): void {
    this.outcome ??= outcome;
  }
}

function addTo(list: string[], word: string): void {
  if (!list.includes(word)) list.push(word);
}
