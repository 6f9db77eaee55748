import type { Body } from './body.ts';
import type { ChatEvent } from './canonical/events.ts';
import type { ChatRequest } from './canonical/request.ts';
import type { Usage } from './canonical/usage.ts';
import type { GatewayError } from './errors.ts';
import type { AttemptRecord, FailureKind, Target } from './provider.ts';
import type { HeaderMap, Reply } from './reply.ts';
import type { Secret } from './secret.ts';

/** What plugins keep on an exchange, open to augmentation. Every member may be absent. */
export interface ExchangeState {}

/** Who was admitted. `tenant` is the wall that no cache, flight or connection crosses. */
export interface Caller {
  readonly id: string;
  readonly tenant: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly claims: Readonly<Record<string, unknown>>;
}

/** Changes an answer on its way to the client: it may look behind, hold back, and mask text that is split across deltas. */
export type Transform = (events: AsyncIterable<ChatEvent>) => AsyncIterable<ChatEvent>;

/** What the upstream said, before transforms. */
export interface Kept {
  /** Everything the upstream said is here, and it ended well. */
  readonly complete: boolean;
  /** The dialect of the kept bytes; absent where the provider gave events. */
  readonly dialect: string | undefined;
  readonly streamed: boolean;
  /** That answer from its first event on, live or later, holding the upstream open until then. Nothing means that it ended without a first event. */
  follow(until: AbortSignal): Promise<Reply | undefined>;
  events(): readonly ChatEvent[];
  /** The bytes with the time each came; nothing where the provider gave events, or when there was more than `maxBytes`. */
  chunks(): readonly { readonly atMs: number; readonly bytes: Uint8Array }[] | undefined;
}

/** One request's whole journey, from the first header to the settled outcome. */
export interface Exchange {
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly deadline: number;
  /** Aborts when the client leaves or the deadline passes. Reading it makes it. */
  readonly signal: AbortSignal;
  readonly parent: Exchange | undefined;
  readonly dialect: string;
  readonly operation: string;
  /** The model as the client named it, or as `edit` changed it. */
  readonly model: string;
  readonly streamed: boolean;
  /** Nothing may be spent: `explain` only looks. */
  readonly dry: boolean;
  readonly method: string;
  readonly path: string;
  /** What the client sent, without credentials. */
  readonly headers: HeaderMap;
  readonly credential: Secret | undefined;
  /** For affinity and grouping only, never for authorisation. */
  readonly session: string | undefined;
  /** For whom the client says it asks: its own word, and never authorisation. */
  readonly user: string | undefined;
  /** The most tokens that one answer may have; nothing where the client does not say. */
  readonly maxOutputTokens: number | undefined;
  /** How many answers are asked for. */
  readonly choices: number;
  /** The client's bytes; nothing where they pass through as they come. */
  readonly body: Body | undefined;
  readonly caller: Caller;
  /** The caller's network address, by the server's own rules of trust; empty without a socket. */
  readonly address: string;
  readonly state: Partial<ExchangeState>;
  readonly targets: readonly Target[];
  readonly attempts: readonly AttemptRecord[];
  /** Headers for the client, until the answer is committed. */
  readonly replyHeaders: Map<string, string>;
  /** What made the answer differ without being in the request, in the order it was said. */
  readonly varies: ReadonlyMap<string, string>;
  /** Whether what a target cannot do is dropped and told, not refused. */
  readonly unsupported: 'refuse' | 'drop';
  /** Sets the caller, once, in `admit`. */
  admit(caller: Caller): void;
  /** The request in canonical form, with all edits so far; nothing where its operation has none. */
  read(): ChatRequest | undefined;
  edit(change: (request: ChatRequest) => ChatRequest): void;
  transform(change: Transform): void;
  vary(by: string, value: string): void;
  keep(want: { readonly maxBytes?: number; readonly digests?: true }): Kept;
  /**
   * Says that a turn is waited for which bounds itself, such as a place in a queue, and gives it back. Meanwhile the tap's own time
   * stands still, the deadline does not, and a streaming client is sent heartbeats, where they are configured.
   */
  waitFor<Value>(turn: Promise<Value>): Promise<Value>;
  /** A reason for the log and for `explain`, never shown to a client. */
  note(reason: string, about?: Target): void;
}

/** An attempt that failed, or that outlasts its patience. */
export interface Failure {
  readonly kind: FailureKind;
  readonly attempt: AttemptRecord;
  readonly error: GatewayError;
  /** The attempt goes on and may still win. */
  readonly inFlight: boolean;
  /** The client has seen content: only `resume` can recover. */
  readonly committed: boolean;
  /** Other attempts that are still running. */
  readonly alongside: number;
  /** The request's bytes can be sent again. */
  readonly replayable: boolean;
  readonly attemptsLeft: number;
  /** Targets of the selection that no attempt has been made at, in order. */
  readonly untried: readonly Target[];
}

/** What a tap of `onError` may answer. */
export type Recovery =
  | { readonly target: Target; readonly afterMs?: number; readonly beside?: true }
  | { readonly resume: Target; readonly by: 'replay' | 'prefill' }
  | { readonly answer: Reply };

/** How an exchange ended: exactly one, and the first cause wins. */
export type Outcome =
  | 'ok'
  | 'refused'
  | 'client-left'
  | 'upstream-error'
  | 'upstream-truncated'
  | 'timeout'
  | 'gateway-error';

/** The sum of an exchange, once, when all is over. */
export interface Settlement {
  readonly outcome: Outcome;
  /** The error's code where it did not end well. */
  readonly code?: string;
  readonly error?: GatewayError;
  /** What the client saw, or would have seen had it stayed. */
  readonly status: number;
  readonly servedBy?: Target;
  /** The plugin whose reply it was, where no provider answered. */
  readonly answeredBy?: string;
  /** Another target than the first served it. */
  readonly fellBack: boolean;
  /** All attempts together. */
  readonly usage: Usage;
  /** All attempts together; null when one's price is not known. */
  readonly costNanos: bigint | null;
  readonly firstEventAt?: number;
  readonly endedAt: number;
  /** Plugins that edited the request or transformed the reply. */
  readonly changedBy: readonly string[];
  readonly notes: readonly { readonly by: string; readonly reason: string; readonly about?: Target }[];
  readonly dropped: readonly string[];
  readonly bytesOut: number;
  /** SHA-256 in hex, where somebody kept with `digests`. */
  readonly digests?: { readonly request: string; readonly received: string; readonly delivered: string };
}
