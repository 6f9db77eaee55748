import type { HeaderMap } from '@tapgate/core';
import { Bucket } from './bucket.ts';
import { type Kind, limitsIn } from './provider-headers.ts';

/** What an attempt takes of each kind. */
export type Need = Readonly<Record<Kind, number>>;

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

interface Place {
  readonly buckets: Map<string, Bucket>;
  /** What was ever sent there. */
  readonly sent: Record<Kind, number>;
  /** It said itself until when. */
  shutUntil: number;
}

const maxPlaces = 10_000;
const maxShutMs = 60_000;
const kinds = ['requests', 'tokens', 'inputTokens', 'outputTokens'] as const;

/** What this process knows of its providers' own limits. One per process, so that a reload forgets nothing. */
export class Learned {
  readonly #places = new Map<string, Place>();
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** What there is not enough of, and until when; nothing where it may be asked. `need` is asked where something is known. */
  exhausted(name: string, need: () => Need): Exhausted | undefined {
    const place = this.#places.get(name);
    if (place === undefined) return undefined;
    const now = this.#now();
    const needed = need();
    let worst: Exhausted | undefined = place.shutUntil > now ? { kind: 'requests', until: place.shutUntil } : undefined;
    for (const bucket of place.buckets.values()) {
      const { kind } = bucket.seen;
      const until = bucket.fitsAt(needed[kind], place.sent[kind], now);
      if (until > now && until > (worst?.until ?? 0)) worst = { kind, until };
    }
    return worst;
  }

  /** Counts what is sent. Gives what the reply is to be learned with. */
  send(name: string, need: () => Need): (headers: HeaderMap) => void {
    const place = this.#places.get(name);
    if (place === undefined) return (headers) => this.#learn(name, need, headers);
    const needed = need();
    for (const kind of kinds) place.sent[kind] += needed[kind];
    const sent = { ...place.sent };
    return (headers) => this.#learn(name, () => sent, headers);
  }

  /** It refuses, and says how long. */
  shut(name: string, forMs: number): void {
    this.#place(name).shutUntil = this.#now() + Math.min(Math.max(0, forMs), maxShutMs);
  }

  standings(): readonly ProviderStanding[] {
    const now = this.#now();
    return [...this.#places].flatMap(([target, place]) =>
      [...place.buckets.values()].map((bucket) => ({
        target,
        limit: bucket.seen.name,
        of: bucket.seen.limit,
        left: Math.max(0, Math.floor(bucket.left(place.sent[bucket.seen.kind], now))),
      })),
    );
  }

  close(): void {
    this.#places.clear();
  }

  #learn(name: string, until: () => Need, headers: HeaderMap): void {
    const now = this.#now();
    const seen = limitsIn(headers, now);
    if (seen.length === 0) return;
    const sent = until();
    const fresh = !this.#places.has(name);
    const place = this.#place(name);
    // Before the first word nobody counted; whoever was sent by then is in what the provider says.
    if (fresh) Object.assign(place.sent, sent);
    for (const one of seen) {
      const bucket = place.buckets.get(one.name);
      if (bucket === undefined) place.buckets.set(one.name, new Bucket(one, sent[one.kind], now));
      else bucket.learn(one, sent[one.kind], now);
    }
  }

  #place(name: string): Place {
    const known = this.#places.get(name);
    if (known !== undefined) return known;
    const place: Place = {
      buckets: new Map(),
      sent: { requests: 0, tokens: 0, inputTokens: 0, outputTokens: 0 },
      shutUntil: 0,
    };
    this.#places.set(name, place);
    if (this.#places.size > maxPlaces) {
      const [oldest] = this.#places.keys();
      if (oldest !== undefined) this.#places.delete(oldest);
    }
    return place;
  }
}
