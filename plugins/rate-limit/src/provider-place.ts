import type { HeaderMap } from '@tapgate/core';
import { Bucket } from './bucket.ts';
import { type Kind, limitsIn } from './provider-headers.ts';

/** Why a provider is not asked now. */
export interface Exhausted {
  readonly kind: Kind;
  /** Milliseconds since 1970. */
  readonly until: number;
}

/** How one of a provider's limits stands, for administrators. */
export interface ProviderStanding {
  readonly target: string;
  readonly limit: string;
  readonly of: number | undefined;
  readonly left: number;
}

/** Longest that a 429 is believed. */
const maxShutMs = 60_000;
/** While so much of every limit is left, its provider is listened to only so often. */
const plenty = 0.5;
const listenAgainMs = 200;

/** A provider, a model there and a credential: what vendors count by, and what is known of it. */
export class ProviderPlace {
  readonly name: string;
  readonly #now: () => number;
  readonly #buckets = new Map<string, Bucket>();
  /** What was ever sent there. */
  #requests = 0;
  #tokens = 0;
  #countsTokens = false;
  #shutUntil = 0;
  #listensAt = 0;

  constructor(name: string, now: () => number) {
    this.name = name;
    this.#now = now;
  }

  /** What there is not enough of, and until when; nothing where it may be asked. Tokens are estimated where they count. */
  exhausted(tokens: () => number): Exhausted | undefined {
    if (this.#buckets.size === 0 && this.#shutUntil === 0) return undefined;
    const now = this.#now();
    let worst: Exhausted | undefined = this.#shutUntil > now ? { kind: 'requests', until: this.#shutUntil } : undefined;
    const needed = this.#countsTokens ? tokens() : 0;
    for (const bucket of this.#buckets.values()) {
      const { kind } = bucket.seen;
      const amount = kind === 'requests' || kind === 'outputTokens' ? 1 : needed;
      const until = bucket.fitsAt(amount, this.#sent(kind), now);
      if (until > now && until > (worst?.until ?? 0)) worst = { kind, until };
    }
    return worst;
  }

  /** Counts what is sent. Gives what is to be told of the reply. */
  send(tokens: () => number): (headers: HeaderMap, status: number) => void {
    this.#requests += 1;
    if (this.#countsTokens) this.#tokens += tokens();
    const requests = this.#requests;
    const sent = this.#tokens;
    return (headers, status) => {
      const now = this.#now();
      if (status < 400 && now < this.#listensAt) return;
      this.#learn(headers, requests, sent, now);
    };
  }

  /** It refuses, and says how long. */
  shut(forMs: number): void {
    this.#shutUntil = this.#now() + Math.min(Math.max(0, forMs), maxShutMs);
  }

  standings(): readonly ProviderStanding[] {
    const now = this.#now();
    return [...this.#buckets.values()].map((bucket) => ({
      target: this.name,
      limit: bucket.seen.name,
      of: bucket.seen.limit,
      left: Math.max(0, Math.floor(bucket.left(this.#sent(bucket.seen.kind), now))),
    }));
  }

  #learn(headers: HeaderMap, requests: number, tokens: number, now: number): void {
    let much = true;
    for (const seen of limitsIn(headers, now)) {
      const known = seen.kind === 'requests' ? requests : tokens;
      this.#countsTokens ||= seen.kind !== 'requests';
      much &&= seen.limit !== undefined && seen.remaining >= seen.limit * plenty;
      const bucket = this.#buckets.get(seen.name);
      if (bucket === undefined) this.#buckets.set(seen.name, new Bucket(seen, known, now));
      else bucket.learn(seen, known, now);
    }
    this.#listensAt = much ? now + listenAgainMs : 0;
  }

  /** What is written nobody knows beforehand. */
  #sent(kind: Kind): number {
    if (kind === 'requests') return this.#requests;
    return kind === 'outputTokens' ? 0 : this.#tokens;
  }
}
