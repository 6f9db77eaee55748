import { checkAmount } from './check-amounts.ts';
import { Counters } from './counters.ts';
import { Ends } from './ends.ts';
import type { Changed, Claim, Reserved, Standing, Store } from './store.ts';

interface Entry {
  readonly value: Uint8Array;
  readonly until: number;
}

interface Reservation {
  readonly id: string;
  readonly at: number;
  readonly until: number;
  /** Nothing once it is settled: only its answer is remembered then. */
  claims: readonly Claim[] | undefined;
  readonly answer: Reserved;
}

/** Bounds of the store; beyond them the oldest goes first. */
export interface MemoryStoreOptions {
  readonly maxEntries?: number;
  readonly maxBytes?: number;
  /** Milliseconds since 1970; by default a clock that nobody can set. */
  readonly now?: () => number;
}

/** How long a reservation that was settled answers as it did, milliseconds. */
const rememberedMs = 60_000;

/** The time since the process began counts: a clock that is set must neither empty a window nor hold it shut. */
const steady = (): number => Math.floor(performance.timeOrigin + performance.now());

/** The store of one process: all claims of a reservation are decided in one turn of the loop. */
export class MemoryStore implements Store {
  readonly #entries = new Map<string, Entry>();
  readonly #counters = new Counters();
  readonly #reservations = new Map<string, Reservation>();
  readonly #leases = new Ends<Reservation>();
  readonly #settled = new Ends<{ readonly reservation: Reservation; readonly until: number }>();
  readonly #watchers = new Set<{
    readonly prefix: string;
    readonly changed: Changed;
  }>();
  readonly #maxEntries: number;
  readonly #maxBytes: number;
  readonly #now: () => number;
  /** What the clock on the wall is ahead by. */
  readonly #ahead: (now: number) => number;
  #bytes = 0;
  #sweptAt = 0;
  readonly direct: NonNullable<Store['direct']> = {
    reserve: (id, claims, leaseMs) => this.#reserve(id, claims, leaseMs),
    settle: (id, spent) => {
      if (this.#settle(id, spent, this.#now()) !== undefined) this.#reservations.delete(id);
    },
  };

  constructor(options: MemoryStoreOptions = {}) {
    this.#maxEntries = options.maxEntries ?? 100_000;
    this.#maxBytes = options.maxBytes ?? 256 * 1024 * 1024;
    this.#now = options.now ?? steady;
    this.#ahead = options.now === undefined ? (now) => Date.now() - now : () => 0;
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    return this.#live(key)?.value;
  }

  async set(
    key: string,
    value: Uint8Array,
    how: { readonly ttlMs: number; readonly ifAbsent?: true },
  ): Promise<boolean> {
    if (how.ifAbsent === true && this.#live(key) !== undefined) return false;
    this.#remove(key);
    this.#entries.set(key, { value, until: this.#now() + how.ttlMs });
    this.#bytes += value.byteLength;
    this.#bound();
    this.#tell(key, value);
    return true;
  }

  async delete(prefix: string): Promise<number> {
    const keys = [...this.#entries.keys()].filter((key) => key.startsWith(prefix) && this.#live(key) !== undefined);
    for (const key of keys) {
      this.#remove(key);
      this.#tell(key, undefined);
    }
    return keys.length;
  }

  async reserve(id: string, claims: readonly Claim[], leaseMs: number): Promise<Reserved> {
    return this.direct.reserve(id, claims, leaseMs);
  }

  async settle(id: string, spent: readonly bigint[]): Promise<void> {
    const now = this.#now();
    const reservation = this.#settle(id, spent, now);
    if (reservation !== undefined)
      this.#settled.add({ reservation, until: Math.min(reservation.until, now + rememberedMs) });
  }

  watch(prefix: string, changed: Changed): () => void {
    const watcher = { prefix, changed };
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  close(): void {
    this.#entries.clear();
    this.#watchers.clear();
  }

  #reserve(id: string, claims: readonly Claim[], leaseMs: number): Reserved {
    for (const { amount } of claims) checkAmount(amount);
    const now = this.#now();
    this.#forget(now);
    const known = this.#reservations.get(id);
    if (known !== undefined) return known.answer;
    let granted = true;
    for (const claim of claims) granted &&= this.#counters.spent(claim, now) + claim.amount <= claim.limit;
    for (const claim of claims) {
      if (granted && (leaseMs > 0 || claim.windowMs !== 'concurrent'))
        this.#counters.add(claim, claim.amount, now, now);
    }
    const answer = { granted, claims: claims.map((claim) => this.#standing(claim, granted, now)) };
    // Of a lease that ends at once nothing is left to remember.
    if (!granted || leaseMs <= 0) return answer;
    const reservation: Reservation = { id, at: now, until: now + leaseMs, claims, answer };
    this.#reservations.set(id, reservation);
    this.#leases.add(reservation);
    return answer;
  }

  /** Gives the reservation that this settles. */
  #settle(id: string, spent: readonly bigint[], now: number): Reservation | undefined {
    for (const amount of spent) checkAmount(amount);
    this.#forget(now);
    const reservation = this.#reservations.get(id);
    const claims = reservation?.claims;
    if (reservation === undefined || claims === undefined) return undefined;
    reservation.claims = undefined;
    this.#leases.delete(reservation);
    for (const [at, claim] of claims.entries()) {
      const amount = claim.windowMs === 'concurrent' ? 0n : (spent[at] ?? claim.amount);
      if (amount !== claim.amount) this.#counters.add(claim, amount - claim.amount, reservation.at, now);
    }
    return reservation;
  }

  #standing(claim: Claim, granted: boolean, now: number): Standing {
    const remaining = claim.limit - this.#counters.spent(claim, now);
    const resetsAt = granted ? this.#counters.emptyAt(claim, now) : this.#counters.fitsAt(claim, now);
    return { remaining: remaining < 0n ? 0n : remaining, resetsAt: resetsAt + this.#ahead(now) };
  }

  #live(key: string): Entry | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.until > this.#now()) return entry;
    this.#remove(key);
    return undefined;
  }

  #remove(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#bytes -= entry.value.byteLength;
  }

  /** Dead entries go once in a while, and the oldest when there are too many. */
  #bound(): void {
    const now = this.#now();
    if (now >= this.#sweptAt + 1000) {
      this.#sweptAt = now;
      for (const [key, entry] of this.#entries) if (entry.until <= now) this.#remove(key);
    }
    for (const key of this.#entries.keys()) {
      if (this.#entries.size <= this.#maxEntries && this.#bytes <= this.#maxBytes) return;
      this.#remove(key);
    }
  }

  #tell(key: string, value: Uint8Array | undefined): void {
    for (const { prefix, changed } of this.#watchers) if (key.startsWith(prefix)) changed(key, value);
  }

  /** Leases that ended give back what is concurrent; what is in windows stays spent. What was settled a while ago is not remembered. */
  #forget(now: number): void {
    for (const ended of this.#leases.takeEnded(now)) {
      this.#reservations.delete(ended.id);
      for (const claim of ended.claims ?? [])
        if (claim.windowMs === 'concurrent') this.#counters.add(claim, -claim.amount, now, now);
    }
    for (const { reservation } of this.#settled.takeEnded(now)) this.#reservations.delete(reservation.id);
  }
}
