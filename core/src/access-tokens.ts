import { coreErrors } from './errors.ts';
import type { Secret } from './secret.ts';

/** A token, and how long it is good for. */
export interface FreshToken {
  readonly token: Secret;
  readonly expiresInMs: number;
}

/** Gets a new token. What it throws is a `GatewayError` whose cause says why, for the log alone. */
export type TokenSource = (signal: AbortSignal) => Promise<FreshToken>;

/** A token is replaced this long before it ends, so that none ends on its way. */
const marginMs = 5 * 60_000;
/** Longer than this no source takes. */
const fetchMs = 30_000;
/** After a failed replacement the next one waits, while the old token serves. */
const pauseMs = 10_000;

/**
 * One access token for all requests, fetched once however many wait for it. Shortly before its end it is replaced while it
 * still serves, so that nobody waits for a token but the first, and no trouble at the place of tokens is felt before the end.
 */
export class AccessTokens {
  readonly #source: TokenSource;
  readonly #provider: string;
  readonly #now: () => number;
  #token: Secret | undefined;
  #renewAt = 0;
  #endsAt = 0;
  #pending: Promise<Secret> | undefined;

  constructor(source: TokenSource, provider: string, now: () => number = Date.now) {
    this.#source = source;
    this.#provider = provider;
    this.#now = now;
  }

  /** A token that is good for now. */
  async get(): Promise<Secret> {
    const now = this.#now();
    const token = this.#token;
    if (token === undefined || now >= this.#endsAt) return this.#fetch();
    if (now >= this.#renewAt) {
      this.#renewAt = now + pauseMs;
      this.#fetch().catch(() => {});
    }
    return token;
  }

  /** The vendor no longer takes it, whatever its end was said to be. */
  drop(token: Secret): void {
    if (this.#token === token) this.#token = undefined;
  }

  #fetch(): Promise<Secret> {
    this.#pending ??= this.#renew().finally(() => {
      this.#pending = undefined;
    });
    return this.#pending;
  }

  async #renew(): Promise<Secret> {
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(this.#tooLate()), fetchMs).unref();
    try {
      const { token, expiresInMs } = await this.#source(late.signal);
      const now = this.#now();
      this.#token = token;
      this.#endsAt = now + expiresInMs;
      this.#renewAt = this.#endsAt - Math.min(marginMs, expiresInMs / 2);
      return token;
    } finally {
      clearTimeout(timer);
    }
  }

  #tooLate(): Error {
    return coreErrors.UPSTREAM_TIMEOUT({ provider: this.#provider, timeoutMs: fetchMs });
  }
}
