import { type Changed, checkAmounts, type Claim, type Standing, type Store } from '@tapgate/core';

interface Spent {
  readonly at: number;
  amount: bigint;
}

interface Reservation {
  readonly claims: readonly Claim[];
  readonly spent: readonly Spent[];
  readonly until: number;
  readonly answer: { readonly granted: boolean; readonly claims: readonly Standing[] };
  over: boolean;
}

/** What several views of a store share, and a clock that stands until it is set. */
export class StoreState {
  now = 1_700_000_000_000;
  readonly values: Map<string, { readonly value: Uint8Array; readonly until: number }> = new Map();
  readonly spent: Map<string, Spent[]> = new Map();
  readonly reservations: Map<string, Reservation> = new Map();
  readonly watchers: Set<(key: string, value: Uint8Array | undefined) => void> = new Set();
}

/** A store that keeps every promise, in as few words as that takes. Its parts are methods, so that each can be broken. */
export class ReferenceStore implements Store {
  readonly shared = true as const;
  protected readonly state: StoreState;

  constructor(state: StoreState) {
    this.state = state;
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    return this.live(key);
  }

  async set(
    key: string,
    value: Uint8Array,
    how: { readonly ttlMs: number; readonly ifAbsent?: true },
  ): Promise<boolean> {
    if (how.ifAbsent && this.live(key)) return false;
    this.state.values.set(key, { value, until: this.state.now + how.ttlMs });
    this.tell(key, value);
    return true;
  }

  async delete(prefix: string): Promise<number> {
    const keys = [...this.state.values.keys()].filter((key) => this.begins(key, prefix) && this.live(key));
    for (const key of keys) this.remove(key);
    return keys.length;
  }

  async reserve(id: string, claims: readonly Claim[], leaseMs: number): Promise<Reservation['answer']> {
    checkAmounts(claims.map(({ amount }) => amount));
    const known = this.known(id);
    if (known) return known.answer;
    const granted = claims.every((claim) => this.used(claim) + claim.amount <= claim.limit);
    const spent = granted ? claims.map((claim) => this.spend(claim)) : [];
    const answer = { granted, claims: claims.map((claim) => this.standing(claim)) };
    if (granted)
      this.state.reservations.set(id, { claims, spent, until: this.state.now + leaseMs, answer, over: false });
    return answer;
  }

  async settle(id: string, spent: readonly bigint[]): Promise<void> {
    checkAmounts(spent);
    const reservation = this.known(id);
    if (!reservation || reservation.over) return;
    reservation.over = true;
    for (const [at, one] of reservation.spent.entries()) {
      const concurrent = reservation.claims[at]?.windowMs === 'concurrent';
      one.amount = concurrent ? 0n : (spent[at] ?? one.amount);
    }
  }

  watch(prefix: string, changed: Changed): () => void {
    const told = (key: string, value: Uint8Array | undefined): void => {
      if (key.startsWith(prefix)) changed(key, value);
    };
    this.state.watchers.add(told);
    return () => this.state.watchers.delete(told);
  }

  protected begins(key: string, prefix: string): boolean {
    return key.startsWith(prefix);
  }

  protected live(key: string): Uint8Array | undefined {
    const entry = this.state.values.get(key);
    return entry && entry.until > this.state.now ? entry.value : undefined;
  }

  protected remove(key: string): void {
    this.state.values.delete(key);
    this.tell(key, undefined);
  }

  protected tell(key: string, value: Uint8Array | undefined): void {
    for (const told of this.state.watchers) told(key, value);
  }

  protected known(id: string): Reservation | undefined {
    const reservation = this.state.reservations.get(id);
    return reservation && reservation.until > this.state.now ? reservation : undefined;
  }

  protected counter({ key, windowMs }: Claim): Spent[] {
    const name = `${windowMs} ${key}`;
    const spent = this.state.spent.get(name) ?? [];
    this.state.spent.set(name, spent);
    return spent;
  }

  protected used(claim: Claim): bigint {
    this.endLeases();
    const { windowMs } = claim;
    const after = windowMs === 'concurrent' ? -Infinity : this.state.now - windowMs;
    return this.counter(claim).reduce((total, { at, amount }) => (at > after ? total + amount : total), 0n);
  }

  protected spend(claim: Claim): Spent {
    const one = { at: this.state.now, amount: claim.amount };
    this.counter(claim).push(one);
    return one;
  }

  protected standing(claim: Claim): Standing {
    const left = claim.limit - this.used(claim);
    const window = claim.windowMs === 'concurrent' ? 0 : claim.windowMs;
    return { remaining: left < 0n ? 0n : left, resetsAt: this.state.now + window };
  }

  /** What is concurrent comes back with the end of its lease. */
  protected endLeases(): void {
    for (const { claims, spent, until } of this.state.reservations.values()) {
      if (until > this.state.now) continue;
      for (const [at, one] of spent.entries()) if (claims[at]?.windowMs === 'concurrent') one.amount = 0n;
    }
  }
}
