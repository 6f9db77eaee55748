import type { GatewayError, MemoryStore, Standing } from '@tapgate/core';
import type { Asked } from './asked.ts';
import type { BoundedStore } from './bounded-store.ts';
import { errors } from './errors.ts';
import type { What } from './limit.ts';

/** Why there is no room now. */
export interface Refusal {
  readonly asked: Asked;
  readonly standing: Standing;
}

/** Where reservations are made. */
export interface Stores {
  readonly shared: BoundedStore;
  /** Counts what may be counted by this process alone while the other is away. */
  readonly own: MemoryStore;
}

/** What is not settled soon is not settled at all, where nothing can change: milliseconds. */
const plainLeaseMs = 60_000;
/** How much longer than the request a reservation may be held. */
const graceMs = 30_000;

/**
 * What one request, or one attempt, has reserved of all its limits together: it gets all or nothing, is settled once,
 * and ends by itself where nobody settles it.
 */
export class Hold {
  readonly asked: readonly Asked[];
  readonly #stores: Stores;
  readonly #id: string;
  readonly #leaseMs: number;
  /** Requests alone cost what they cost: nothing is to be put in their place. */
  readonly #plain: boolean;
  #tries = 0;
  #granted: { readonly id: string; readonly own: boolean } | undefined;
  #over = false;
  standings: readonly Standing[] = [];

  constructor(stores: Stores, id: string, asked: readonly Asked[], deadline: number) {
    this.#stores = stores;
    this.#id = id;
    this.asked = asked;
    this.#plain = asked.every(({ amount }) => amount.what === 'requests');
    this.#leaseMs = this.#plain ? plainLeaseMs : Math.max(0, deadline - Date.now()) + graceMs;
  }

  get granted(): boolean {
    return this.#granted !== undefined;
  }

  /** Tries to reserve. Gives why not, or nothing once it is granted. Throws `LIMITS_UNAVAILABLE` where nobody can say. */
  async take(): Promise<Refusal | undefined> {
    this.#tries += 1;
    const id = this.#tries === 1 ? this.#id : `${this.#id}.${this.#tries}`;
    const claims = this.asked.map(({ claim }) => claim);
    const shared = await this.#stores.shared.reserve(id, claims, this.#leaseMs);
    if (shared === undefined && !this.asked.every(({ limit }) => limit.open)) throw unavailable();
    const answer = shared ?? (await this.#stores.own.reserve(id, claims, this.#leaseMs));
    this.standings = answer.claims;
    if (!answer.granted) return this.#worst(answer.claims);
    this.#granted = { id, own: shared === undefined };
    // Who asked has left meanwhile, and nobody would settle it any more.
    if (this.#over) await this.#settle(nothing);
    return undefined;
  }

  /** Puts what was spent in the place of what was reserved, once. Gives a promise where there is something to do. */
  settle(spent: (what: What) => bigint): Promise<void> | undefined {
    if (this.#over) return undefined;
    this.#over = true;
    return this.#settle(spent);
  }

  #settle(spent: (what: What) => bigint): Promise<void> | undefined {
    const granted = this.#granted;
    if (granted === undefined) return undefined;
    const amounts = this.asked.map(({ amount }) => spent(amount.what));
    if (this.#plain && amounts.every((amount) => amount === 1n)) return undefined;
    return granted.own ? this.#stores.own.settle(granted.id, amounts) : this.#stores.shared.settle(granted.id, amounts);
  }

  /** Of all that do not fit the one that takes longest. */
  #worst(standings: readonly Standing[]): Refusal | undefined {
    let worst: Refusal | undefined;
    for (const [at, asked] of this.asked.entries()) {
      const standing = standings[at];
      if (standing === undefined || standing.remaining >= asked.claim.amount) continue;
      if (worst === undefined || standing.resetsAt > worst.standing.resetsAt) worst = { asked, standing };
    }
    const [asked] = this.asked;
    const [standing] = standings;
    return worst ?? (asked && standing && { asked, standing });
  }
}

/** Nothing was spent after all. */
export const nothing = (): bigint => 0n;

const retryAfterMs = 1000;

function unavailable(): GatewayError {
  return errors.LIMITS_UNAVAILABLE({}, { retryAfterMs });
}
