import type { Claim, Standing, Store } from './store.ts';
import { Window } from './window.ts';

interface Entry {
  readonly value: Uint8Array;
  readonly until: number;
}

interface Reservation {
  readonly at: number;
  readonly until: number;
  readonly claims: readonly Claim[];
  readonly answer: { readonly granted: boolean; readonly claims: readonly Standing[] };
  settled: boolean;
}

/** Bounds of the store; beyond them the oldest goes first. */
export interface MemoryStoreOptions {
  readonly maxEntries?: number;
  readonly maxBytes?: number;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** The store of one process: all claims of a reservation are decided in one turn of the loop. */
export class MemoryStore implements Store {
  readonly #entries = new Map<string, Entry>();
  readonly #windows = new Map<string, Window>();
  readonly #held = new Map<string, bigint>();
  readonly #reservations = new Map<string, Reservation>();
  readonly #watchers = new Set<{
    readonly prefix: string;
    readonly changed: (key: string, value: Uint8Array | undefined) => void;
  }>();
  readonly #maxEntries: number;
  readonly #maxBytes: number;
  readonly #now: () => number;
  #bytes = 0;
  #sweptAt = 0;

  constructor(options: MemoryStoreOptions = {}) {
    this.#maxEntries = options.maxEntries ?? 100_000;
    this.#maxBytes = options.maxBytes ?? 256 * 1024 * 1024;
    this.#now = options.now ?? Date.now;
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

  async reserve(
    id: string,
    claims: readonly Claim[],
    leaseMs: number,
  ): Promise<{ readonly granted: boolean; readonly claims: readonly Standing[] }> {
    const now = this.#now();
    this.#sweep(now);
    const known = this.#reservations.get(id);
    if (known !== undefined) return known.answer;
    const granted = claims.every((claim) => this.#spent(claim, now) + claim.amount <= claim.limit);
    if (granted) for (const claim of claims) this.#spend(claim, claim.amount, now, now);
    const answer = { granted, claims: claims.map((claim) => this.#standing(claim, granted, now)) };
    if (granted) this.#reservations.set(id, { at: now, until: now + leaseMs, claims, answer, settled: false });
    return answer;
  }

  async settle(id: string, spent: readonly bigint[]): Promise<void> {
    const reservation = this.#reservations.get(id);
    const now = this.#now();
    this.#sweep(now);
    if (reservation === undefined || reservation.settled) return;
    reservation.settled = true;
    for (const [at, claim] of reservation.claims.entries()) {
      const amount = spent[at] ?? claim.amount;
      this.#spend(claim, claim.windowMs === 'concurrent' ? -claim.amount : amount - claim.amount, reservation.at, now);
    }
  }

  watch(prefix: string, changed: (key: string, value: Uint8Array | undefined) => void): () => void {
    const watcher = { prefix, changed };
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  close(): void {
    this.#entries.clear();
    this.#watchers.clear();
  }

  #spent(claim: Claim, now: number): bigint {
    if (claim.windowMs === 'concurrent') return this.#held.get(claim.key) ?? 0n;
    return this.#windows.get(windowKey(claim))?.total(now) ?? 0n;
  }

  #spend(claim: Claim, amount: bigint, at: number, now: number): void {
    if (claim.windowMs === 'concurrent') {
      const held = (this.#held.get(claim.key) ?? 0n) + amount;
      if (held === 0n) this.#held.delete(claim.key);
      else this.#held.set(claim.key, held);
      return;
    }
    const key = windowKey(claim);
    const window = this.#windows.get(key) ?? new Window(claim.windowMs);
    this.#windows.set(key, window);
    window.add(at, amount, now);
  }

  #standing(claim: Claim, granted: boolean, now: number): Standing {
    const remaining = claim.limit - this.#spent(claim, now);
    const window = claim.windowMs === 'concurrent' ? undefined : this.#windows.get(windowKey(claim));
    const resetsAt =
      window === undefined ? now : granted ? window.emptyAt(now) : window.fitsAt(claim.amount, claim.limit, now);
    return { remaining: remaining < 0n ? 0n : remaining, resetsAt };
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

  #bound(): void {
    for (const key of this.#entries.keys()) {
      if (this.#entries.size <= this.#maxEntries && this.#bytes <= this.#maxBytes) return;
      this.#remove(key);
    }
  }

  #tell(key: string, value: Uint8Array | undefined): void {
    for (const { prefix, changed } of this.#watchers) if (key.startsWith(prefix)) changed(key, value);
  }

  /** Leases that ended give back what is concurrent; what is in windows stays spent. Empty windows and dead entries go. */
  #sweep(now: number): void {
    if (now < this.#sweptAt + 100) return this.#endLeases(now);
    this.#sweptAt = now;
    this.#endLeases(now);
    for (const [key, window] of this.#windows) if (window.total(now) === 0n) this.#windows.delete(key);
    for (const [key, entry] of this.#entries) if (entry.until <= now) this.#remove(key);
  }

  #endLeases(now: number): void {
    for (const [id, reservation] of this.#reservations) {
      if (reservation.until > now) continue;
      this.#reservations.delete(id);
      if (reservation.settled) continue;
      for (const claim of reservation.claims)
        if (claim.windowMs === 'concurrent') this.#spend(claim, -claim.amount, now, now);
    }
  }
}

function windowKey(claim: Claim): string {
  return `${claim.windowMs} ${claim.key}`;
}
