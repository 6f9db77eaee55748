import type { Body } from './body.ts';
import type { ChatEvent } from './canonical/events.ts';
import type { ChatRequest } from './canonical/request.ts';
import type { Usage } from './canonical/usage.ts';
import type { GatewayError, UpstreamError } from './errors.ts';
import type { HeaderMap } from './reply.ts';
import type { SealPlaces } from './seal-places.ts';

/**
 * What a model at a provider can and cannot do, and the quirks of how it is asked, by name; absent is unknown.
 * Core itself reads two: `streaming` (false: never streamed, `only`: always) and `normalise` (true: answers are written anew even
 * for a client of the same dialect, because official clients do not take them as they are). Dialects and plugins agree on the others.
 */
export type Capabilities = Readonly<Record<string, boolean | number | string | readonly string[] | undefined>>;

/** A path a dialect is served at. `:name` matches one segment, `*name` the rest. */
export interface DialectRoute {
  readonly method: string;
  readonly path: string;
  /** `chat`, `embeddings`, `models`, `count-tokens`, …: what is asked, in words that several dialects may share. */
  readonly operation: string;
  /**
   * Where a path alone does not tell whose request it is, or what it asks: whether it is this route's.
   * `path` is as `Incoming` has it. Routes with `when` are asked before those without.
   */
  readonly when?: (headers: HeaderMap, path: string) => boolean;
}

/** What the gateway must know of every request. The rest is read only when somebody asks. */
export interface Peeked {
  /** Empty where the operation needs none. */
  readonly model: string;
  readonly streamed: boolean;
  /** False where the client streams and did not ask for usage: the gateway asks all the same, and hides it. Absent is true. */
  readonly wantUsage?: boolean;
  /** The body goes on, and the model is not in what has come of it: more must come, and it must be looked at again. */
  readonly incomplete?: true;
  /** A cache or session key that the body itself names, for affinity only. */
  readonly session?: string;
  /** How the answer's events are framed where the dialect has more than one way, for its own use. */
  readonly framing?: string;
  /** The most tokens that one answer may have, where the client says so. */
  readonly maxOutputTokens?: number | undefined;
  /** How many answers are asked for; absent is one. */
  readonly choices?: number | undefined;
  /** For whom the client says it asks. Nothing proves it. */
  readonly user?: string;
}

/** What a client sent, as much of it as has come. */
export interface Incoming {
  readonly operation: string;
  /** The path below the gateway's root, after the tolerated prefixes, without the query. */
  readonly path: string;
  /** The query without its `?` and without credentials. */
  readonly query: string;
  readonly headers: HeaderMap;
  readonly body: Body;
}

/** What a target makes of a request: the model there, what it can do, and whether usage is wanted in the stream. */
export interface Wanted {
  readonly operation: string;
  readonly model: string;
  readonly streamed: boolean;
  readonly able: Capabilities;
  readonly framing?: string;
  /** What a client sends and a provider may need, such as version and beta headers. */
  readonly headers: HeaderMap;
  readonly query: string;
  readonly path: string;
}

/** A field that the target does not get as it was asked. */
export interface Loss {
  /** The field as the client's dialect spells it: `logit_bias`, `messages[2].content[0]`. */
  readonly field: string;
  readonly how: 'dropped' | 'approximated' | 'clamped' | 'synthesised';
  readonly reason: string;
  /** A contract changes what the answer means: without `unsupported: drop` it is a 400. A hint may go. */
  readonly contract: boolean;
}

/** A request in a dialect's bytes, ready for a provider to send. */
export interface Written {
  readonly body: Body;
  /** Path and query below the provider's base URL: `/chat/completions`. */
  readonly path: string;
  readonly method: string;
  /** Headers that belong to the dialect, such as its version; never a credential. */
  readonly headers: ReadonlyMap<string, string>;
  readonly losses: readonly Loss[];
}

/** Reads an answer's bytes into events. Never throws on what it does not know; a broken answer is an `error` event. */
export interface ReplyReader {
  push(chunk: Uint8Array): readonly ChatEvent[];
  /** The answer's end. Without the dialect's own end mark before it this gives an `error` event of kind `truncated`. */
  end(): readonly ChatEvent[];
}

/** Flags of what one whole event of a native stream is. */
export const seen = {
  /** Shows something of the answer: commits it. */
  content: 1,
  /** The dialect's end mark. */
  terminal: 2,
  /** An error event; `observer.error` says which. */
  error: 4,
  /** Not what the dialect allows: it would make the client's parser throw. */
  broken: 8,
  /** Asked for by the gateway, not by the client, who must not see it. */
  unasked: 16,
} as const;

/** Looks at a native answer beside its way, and changes nothing. */
export interface ReplyObserver {
  /** One whole event, as it was written. The result is a sum of `seen`. */
  event(bytes: Uint8Array): number;
  /** A whole answer in one piece. */
  whole(bytes: Uint8Array): number;
  readonly usage: Usage | undefined;
  /** The model that says it answers. */
  readonly model: string | undefined;
  /** Who is said to have made the answer, where a router tells. */
  readonly madeBy?: string | undefined;
  readonly error: UpstreamError | undefined;
  /** The dialect's end mark was seen, so the end of the bytes is the end of the answer. */
  readonly complete: boolean;
  /** The error event that tells this dialect's client that the answer broke off here. */
  fail(error: GatewayError): Uint8Array;
}

/** What a writer must know to speak to this client. */
export interface WriterContext {
  readonly streamed: boolean;
  readonly framing?: string;
  /** The model as the client named it. */
  readonly model: string;
  /** Unique per exchange; ids in the answer are derived from it where the events bring none. */
  readonly id: string;
  /** Seconds since 1970, for fields that need a time. */
  readonly createdAt: number;
  /** The client's request, for what the answer must echo. */
  readonly request: ChatRequest;
}

/** Writes events as an answer of this dialect: one state machine, so that a malformed answer cannot be written. */
export interface ReplyWriter {
  readonly contentType: string;
  /** Bytes to send now, or nothing yet. Writing a whole answer gives nothing before `end`. */
  push(event: ChatEvent): string | Uint8Array | undefined;
  /** Of a whole answer that ended in a way its dialect has no word for but an error, it throws that `GatewayError`. */
  end(): string | Uint8Array | undefined;
  /** In place of `end`: tells the client that the answer broke off here. */
  fail(error: GatewayError): string | Uint8Array;
}

/** How a dialect cuts a native stream into whole events. */
export interface EventSplitter {
  push(chunk: Uint8Array, onEvent: (event: Uint8Array) => void): void;
  /** The rest that no end mark closed. */
  end(onEvent: (event: Uint8Array) => void): Uint8Array | undefined;
}

/** What the gateway lists of a model. */
export interface ListedModel {
  readonly id: string;
  readonly ownedBy: string;
  /** Seconds since 1970. */
  readonly created: number;
  readonly displayName?: string;
  readonly contextWindow?: number;
  readonly maxOutputTokens?: number;
}

/**
 * A wire language, for clients and for providers: reads and writes requests, replies, streams and errors.
 * No method does I/O, knows the time, or draws a number. A dialect that no client speaks has no `routes`.
 */
export interface Dialect {
  readonly name: string;
  readonly routes: readonly DialectRoute[];
  /** Operations that have a canonical form and so can be translated. All others take the native lane only. */
  readonly translates: readonly string[];
  /** Other dialect names whose clients' bytes this dialect's providers take unchanged for the given operation. */
  peek(incoming: Incoming): Peeked;
  /** Native lane: the client's bytes with only what must differ changed by splices. */
  nativeRequest(incoming: Incoming, wanted: Wanted): Written;
  readRequest(incoming: Incoming): ChatRequest;
  writeRequest(request: ChatRequest, wanted: Wanted): Written;
  reader(of: {
    readonly streamed: boolean;
    readonly provider: string;
    readonly able: Capabilities;
    readonly framing?: string;
  }): ReplyReader;
  observer(of: {
    readonly operation: string;
    readonly streamed: boolean;
    readonly wantUsage: boolean;
    readonly framing?: string;
  }): ReplyObserver;
  /** Absent: server-sent events. */
  splitter?(of: { readonly framing?: string; readonly maxEventBytes: number }): EventSplitter;
  /** A last touch to a whole native answer of an operation that is not translated, where the client asked for another encoding than the upstream gave. */
  finishWhole?(incoming: Incoming, bytes: Uint8Array): Uint8Array;
  writer(context: WriterContext): ReplyWriter;
  /** An upstream's answer of status 400 and above, or an error found where an answer should be. */
  readError(status: number, headers: HeaderMap, body: Uint8Array): UpstreamError;
  /** The whole error answer. `status` is the dialect's own where it has another word for it. */
  writeError(
    error: GatewayError,
    requestId: string,
  ): { readonly status: number; readonly contentType: string; readonly body: string };
  /** Answers the operation `models`, one page, or one model with `id`. */
  writeModels?(
    models: readonly ListedModel[],
    incoming: Incoming,
    id?: string,
  ): { readonly status: number; readonly body: string };
  /** Where its vendors' opaque state stands; absent: it has none that clients give back. */
  readonly seals?: SealPlaces;
  /** What may be sent in a silence to keep a stream open, where the dialect has such a thing. */
  readonly heartbeat?: string;
}
