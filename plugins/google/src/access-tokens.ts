import type { Secret } from '@tapgate/core';

/** A token, and how long it is good for. */
export interface FreshToken {
  readonly token: Secret;
  readonly expiresInMs: number;
}

/** Gets a new token. */
export type TokenSource = (signal: AbortSignal) => Promise<FreshToken>;

/** A token is replaced this long before it ends, so that none ends on its way. */
const marginMs = 5 * 60_000;
/** Longer than this no source takes. */
const fetchMs = 30_000;

/** One access token for all requests: kept until shortly before its end, and fetched once however many wait for it. */
export class AccessTokens {
  readonly #source: TokenSource;
  readonly #now: () => number;
  #token: Secret | undefined;
  #renewAt = 0;
  #endsAt = 0;
  #pending: Promise<Secret> | undefined;

  constructor(source: TokenSource, now: () => number = Date.now) {
    this.#source = source;
    this.#now = now;
  }

  /** A token that is good for now. One that is soon to end serves where no new one can be had. */
  async get(): Promise<Secret> {
    const now = this.#now();
    const token = this.#token;
    if (token !== undefined && now < this.#renewAt) return token;
    try {
      return await this.#fetch();
    } catch (error) {
      if (token !== undefined && this.#token === token && now < this.#endsAt) return token;
      throw error;
    }
  }

  /** The vendor no longer takes it, whatever its end was said to be. */
  drop(token: Secret): void {
    if (this.#token !== token) return;
    this.#token = undefined;
    this.#renewAt = 0;
  }

  #fetch(): Promise<Secret> {
    this.#pending ??= this.#renew().finally(() => {
      this.#pending = undefined;
    });
    return this.#pending;
  }

  async #renew(): Promise<Secret> {
    const { token, expiresInMs } = await this.#source(AbortSignal.timeout(fetchMs));
    const now = this.#now();
    this.#token = token;
    this.#endsAt = now + expiresInMs;
    this.#renewAt = this.#endsAt - Math.min(marginMs, expiresInMs / 2);
    return token;
  }
}
