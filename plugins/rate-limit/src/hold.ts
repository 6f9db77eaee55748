import type { Claim, GatewayError, MemoryStore, Reserved, Standing, Store } from '@tapgate/core';
import type { What } from './amount.ts';
import type { Asked } from './asked.ts';
import type { BoundedStore } from './bounded-store.ts';
import { errors } from './errors.ts';

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

/** What the store knows it by, and the store where that answers at once. */
interface Granted {
  readonly id: string;
  readonly direct: Store['direct'];
}

/** How much longer than the request a reservation may be held. */
const graceMs = 60_000;

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
  #granted: Granted | undefined;
  #over = false;
  #freed: readonly string[] = [];
  standings: readonly Standing[] = [];

  constructor(
    stores: Stores,
    id: string,
    asked: readonly Asked[],
    leases: { readonly deadline: number; readonly plainMs: number },
  ) {
    this.#stores = stores;
    this.#id = id;
    this.asked = asked;
    this.#plain = asked.every(isPlain);
    this.#leaseMs = this.#plain ? leases.plainMs : Math.max(0, leases.deadline - Date.now()) + graceMs;
  }

  /** Once it is settled: the counters of which there is more again. */
  get freed(): readonly string[] {
    return this.#freed;
  }

  /** Tries to reserve where the store answers at once; `later` where it does not. */
  takeNow(): Refusal | 'granted' | 'later' {
    const { direct } = this.#stores.shared;
    if (direct === undefined) return 'later';
    const id = this.#nextId();
    return this.#hear(direct.reserve(id, this.#claims, this.#leaseMs), { id, direct });
  }

  /** Tries to reserve. Throws `LIMITS_UNAVAILABLE` where nobody can say whether there is room. */
  async take(): Promise<Refusal | 'granted'> {
    const id = this.#nextId();
    const shared = await this.#stores.shared.reserve(id, this.#claims, Math.max(1, this.#leaseMs));
    if (shared === undefined && !this.asked.every(({ limit }) => limit.open)) throw unavailable();
    const { direct } = this.#stores.own;
    const heard =
      shared === undefined
        ? this.#hear(direct.reserve(id, this.#claims, this.#leaseMs), { id, direct })
        : this.#hear(shared, { id, direct: undefined });
    // Who asked has left meanwhile, and nobody would settle it any more.
    if (this.#over) await this.#settle(nothing);
    return heard;
  }

  /** Puts what was spent in the place of what was reserved, once. Gives a promise where there is something to wait for. */
  settle(spent: (what: What) => bigint): Promise<void> | undefined {
    if (this.#over) return undefined;
    this.#over = true;
    return this.#settle(spent);
  }

  get #claims(): readonly Claim[] {
    return this.asked.map(claimOf);
  }

  #nextId(): string {
    this.#tries += 1;
    return this.#tries === 1 ? this.#id : `${this.#id}.${this.#tries}`;
  }

  #hear({ granted, claims }: Reserved, how: Granted): Refusal | 'granted' {
    this.standings = claims;
    if (!granted) return this.#worst(claims);
    this.#granted = how;
    return 'granted';
  }

  #settle(spent: (what: What) => bigint): Promise<void> | undefined {
    const granted = this.#granted;
    if (granted === undefined) return undefined;
    const amounts = this.asked.map(({ amount }) => spent(amount.what));
    this.#freed = this.asked.filter(({ claim }, at) => isFreed(claim, amounts[at])).map(({ claim }) => claim.key);
    if (this.#plain && amounts.every((amount) => amount === 1n)) return undefined;
    if (granted.direct === undefined) return this.#stores.shared.settle(granted.id, amounts);
    granted.direct.settle(granted.id, amounts);
    return undefined;
  }

  /** Of all that do not fit the one that takes longest. */
  #worst(standings: readonly Standing[]): Refusal {
    let worst: Refusal | undefined;
    for (const [at, asked] of this.asked.entries()) {
      const standing = standings[at];
      if (standing === undefined || standing.remaining >= asked.claim.amount) continue;
      if (worst === undefined || standing.resetsAt > worst.standing.resetsAt) worst = { asked, standing };
    }
    if (worst === undefined) throw new TypeError('The store refuses what fits.');
    return worst;
  }
}

function claimOf({ claim }: Asked): Claim {
  return claim;
}

function isFreed({ windowMs, amount }: Claim, spent: bigint | undefined): boolean {
  return windowMs === 'concurrent' || (spent !== undefined && spent < amount);
}

function isPlain({ amount }: Asked): boolean {
  return amount.what === 'requests';
}

/** Nothing was spent after all. */
export const nothing = (): bigint => 0n;

const retryAfterMs = 1000;

function unavailable(): GatewayError {
  return errors.LIMITS_UNAVAILABLE({}, { retryAfterMs });
}
