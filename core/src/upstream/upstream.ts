import type { Body } from '../body.ts';
import type { ByteStream, HeaderMap } from '../reply.ts';
import type { Secret } from '../secret.ts';

/** How long each phase of an upstream's answer may take, milliseconds; 0 is no limit. These are the only timeouts there are. */
export interface Timeouts {
  /** To have a connection: the wait for a free one, the name, the address, TLS. */
  readonly connectMs: number;
  /** From the request's last byte to the answer's first body byte, or to its headers where it is an error. */
  readonly firstEventMs: number;
  /** Between two chunks of the answer, or of a body that the upstream does not take. Stands still while the reader pauses. */
  readonly idleMs: number;
  /** From the call to the answer's last byte. */
  readonly totalMs: number;
}

/** How the gateway reaches the world. */
export interface UpstreamConfig {
  readonly timeouts: Timeouts;
  /** Largest answer that is not a stream of events, and largest single event, bytes, after decoding. */
  readonly maxReplyBytes: number;
  /** CIDR blocks or host names in private address space that may be reached. Link-local metadata addresses never are; see `UpstreamRequest.metadata`. */
  readonly allowPrivate: readonly string[];
  /** `environment` reads HTTP_PROXY, HTTPS_PROXY and NO_PROXY; a URL is used for all; absent is none. */
  readonly proxy?: string;
  /** PEM files of further certificate authorities. */
  readonly certificateAuthorities: readonly string[];
  /** Sockets per (origin, credential); absent is no bound. */
  readonly maxConnections?: number;
}

/** One call outwards. The caller names an origin that its operator configured; no client field is ever part of it. */
export interface UpstreamRequest {
  /** Whose call it is, for errors and logs. */
  readonly provider: string;
  /** `https://api.example.com`: scheme, host, port. */
  readonly origin: string;
  /** Path and query. */
  readonly path: string;
  readonly method: string;
  /** Only what is on core's allow-list, or in `own`, goes out; see `header-rules.ts`. */
  readonly headers: HeaderMap;
  /** Header names, in lower case, beside the allow-list that this provider needs. */
  readonly own?: readonly string[];
  /**
   * The credential and the header it goes in; connections are pooled by it, so that no two credentials share one.
   * Without a header it is for that alone: the request is signed with it already.
   */
  readonly credential?: { readonly header?: string; readonly prefix?: string; readonly secret: Secret };
  readonly body?: Body;
  /** Aborts the call in any phase and closes its socket. A reason that is a `GatewayError` is what the call fails with, else `CLIENT_LEFT`. */
  readonly signal: AbortSignal;
  readonly timeouts?: Partial<Timeouts>;
  /** Beside the gateway's own list, for this provider. */
  readonly allowPrivate?: readonly string[];
  /**
   * The origin is the machine's own metadata service, at a literal address, and this call is for an identity that the
   * operator asked for. Without this no such address is reached, whatever is listed; with it, no other is, and no proxy.
   */
  readonly metadata?: true;
}

/** An answer's head, with its body on the way: decoded, unframed, back-pressured. */
export interface UpstreamResponse {
  readonly status: number;
  /** Every header, lower case; what a client may see of them is core's business. */
  readonly headers: HeaderMap;
  readonly bytes: ByteStream;
}

/**
 * The only way out. Rejects with a `GatewayError`, and fails the bytes with one: its code starts with `UPSTREAM_` where the upstream is
 * to blame, and is else the abort's reason, `BODY_UNREADABLE` for a streamed body that broke, `DRAINING`, or `INTERNAL`.
 */
export type Upstream = (request: UpstreamRequest) => Promise<UpstreamResponse>;
