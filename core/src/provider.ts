import type { Body } from './body.ts';
import type { ChatRequest } from './canonical/request.ts';
import type { Usage } from './canonical/usage.ts';
import type { Capabilities, Loss } from './dialect.ts';
import type { GatewayError, UpstreamError } from './errors.ts';
import type { Exchange } from './exchange.ts';
import type { HeaderMap, Reply } from './reply.ts';

/** How much of a stream's beginning is held back before it may reach the client, so that an early failure can still be recovered. */
export interface Hold {
  readonly events?: number;
  readonly bytes?: number;
  readonly ms?: number;
}

/** A provider, a model there, a credential, and how to use them for this request. */
export interface Target {
  readonly provider: string;
  readonly model: string;
  /** One of the provider's credentials by name; absent is its first. */
  readonly credential?: string;
  readonly weight?: number;
  /** Top-level request fields in the target's dialect that override the client's. */
  readonly parameters?: Readonly<Record<string, unknown>>;
  /** Time to the first content event after which `onError` is asked while the attempt goes on, milliseconds. */
  readonly patienceMs?: number;
  readonly hold?: Hold;
  /** Facts a policy may choose by: region, retention, tier. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** `provider/model`, with the credential where one is named. */
export function nameOf(target: Target): string {
  return `${target.provider}/${target.model}${target.credential === undefined ? '' : `#${target.credential}`}`;
}

/** Whether two targets are the same place: provider, model and credential. */
export function sameTarget(one: Target, other: Target): boolean {
  return one === other || nameOf(one) === nameOf(other);
}

/** Whom a failed attempt blames, and so what may be tried next. */
export type FailureKind =
  | 'credential'
  | 'throttled'
  | 'broken'
  | 'truncated'
  | 'slow'
  | 'caller'
  | 'context'
  | 'policy'
  | 'rejected'
  | 'gateway';

/** What is known of an attempt; it grows while the attempt goes on. */
export interface AttemptRecord {
  readonly number: number;
  readonly target: Target;
  /** Milliseconds since 1970, as all times here. */
  readonly startedAt: number;
  readonly firstEventAt?: number;
  readonly endedAt?: number;
  /** `won`: its answer reached the client. `lost`: another was faster. */
  readonly result: 'in-flight' | 'won' | 'lost' | 'failed';
  readonly failure?: FailureKind;
  readonly error?: GatewayError;
  /** The upstream's own. */
  readonly status?: number;
  readonly headers?: HeaderMap;
  readonly modelAnswered?: string;
  /** Who made the answer, where the provider is a router and its answer says so. */
  readonly providerAnswered?: string;
  readonly usage?: Usage;
  /** Units of 1e-9 US dollars; null where a price is not known. */
  readonly costNanos?: bigint | null;
}

/** One call to one target; immutable, always built anew from the client's request with the exchange's edits and the target's parameters. */
export interface Attempt {
  readonly number: number;
  readonly exchange: Exchange;
  readonly target: Target;
  /** The dialect of the body, one of the provider's. */
  readonly dialect: string;
  readonly operation: string;
  readonly streamed: boolean;
  readonly method: string;
  /** Path and query below the provider's base URL. */
  readonly path: string;
  /** What goes to the provider beside its credential. A wrap may add to it. */
  readonly headers: Map<string, string>;
  readonly body: Body;
  /** The request in canonical form, for a provider that speaks no dialect. */
  readonly request: ChatRequest | undefined;
  /** Aborts when the last one who listens has left, the attempt lost, or the deadline passed. */
  readonly signal: AbortSignal;
  /** Resolves at the first content event; rejects with the attempt's error. Asking costs a promise. */
  firstEvent(): Promise<AttemptRecord>;
  /** Resolves when the attempt is over, however it ended. */
  ended(): Promise<AttemptRecord>;
}

/** A place that speaks one or more dialects. */
export interface Provider {
  readonly name: string;
  /** Dialects it is asked in, the one to translate to first. None: it takes `attempt.request` and answers in events. */
  readonly dialects: readonly string[];
  /** Names of its credentials, in the order of their use. Never the credentials themselves. */
  readonly credentials: readonly string[];
  /** Whether it serves an operation in a dialect; absent: it serves `chat`, and whatever its dialects' native lanes offer. */
  serves?(operation: string, dialect: string): boolean;
  /** The dialect to ask for a model in, where it depends on the model; absent: the client's if it is one of `dialects`, else the first. */
  dialectFor?(model: string, operation: string, asked: string): string | undefined;
  capabilities(model: string): Capabilities;
  /**
   * Whose signatures and encrypted state it gives and takes: places that say the same word here share them. Absent, or
   * nothing: its own alone, and those of each credential apart.
   */
  sealRealm?(dialect: string, model: string): string | undefined;
  /** What of a request the target does not get, for a provider that speaks no dialect: those that do tell it as they are written to. */
  losses?(request: ChatRequest, target: Target): readonly Loss[];
  /** Makes the call. Throws a `GatewayError` when there was no answer; an answer of status 400 and above is returned as it is. */
  call(attempt: Attempt): Promise<Reply>;
  /** Its own reading of an error answer, where its dialect's does not fit. */
  readError?(status: number, headers: HeaderMap, body: Uint8Array): UpstreamError | undefined;
  /**
   * What an attempt is billed, for a provider that tells it only after the answer: units of 1e-9 US dollars, nothing where it
   * cannot be known. Asked when the client has its answer and usage names no price; the settlement waits for it, 30 s at most.
   */
  bill?(attempt: AttemptRecord, signal: AbortSignal): Promise<bigint | undefined> | undefined;
  /** Models it is known to serve, for listing; nothing is asked of it at run time. */
  readonly models?: readonly string[];
  /** Whose models these are, for lists of prices and abilities; absent: the plugin that brings it says so by its name. */
  readonly vendor?: string;
  /** False where a model's bare name is never taken to mean this provider, though it be the only one. */
  readonly takesBareNames?: boolean;
  /** Headers of an answer that a client may see, beside core's own list. */
  readonly exposes?: readonly string[];
}
