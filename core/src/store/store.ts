/** An amount asked of one counter. */
export interface Claim {
  readonly key: string;
  readonly limit: bigint;
  /** From 0 to below 10^24. */
  readonly amount: bigint;
  /** The sliding window's length, milliseconds; `concurrent` counts what is held and not yet settled. */
  readonly windowMs: number | 'concurrent';
}

/** How one claim stands. */
export interface Standing {
  readonly remaining: bigint;
  /** Milliseconds since 1970 at which the amount would fit, or the window is empty. */
  readonly resetsAt: number;
}

/** What a store says to a reservation, claim by claim. */
export interface Reserved {
  readonly granted: boolean;
  readonly claims: readonly Standing[];
}

/**
 * State that several processes share. Keys are the caller's; every value dies with its time to live. A promise that rejects
 * with another error than a `RangeError` means that the store cannot be asked now, and who asked decides what follows.
 */
export interface Store {
  /** Several processes see the same. Absent: what is in it is this process's own. */
  readonly shared?: true;
  get(key: string): Promise<Uint8Array | undefined>;
  /** False where `ifAbsent` found something. */
  set(key: string, value: Uint8Array, how: { readonly ttlMs: number; readonly ifAbsent?: true }): Promise<boolean>;
  /** Deletes every key that starts with `prefix`; gives how many. */
  delete(prefix: string): Promise<number>;
  /**
   * All claims or none, in one step. The same id again answers as it did, until its lease ends or for a minute after it was settled.
   * What is not settled when the lease ends counts as spent for windows and is given back where `concurrent`.
   * Where this rejects, the reservation may have been made all the same: settle its id.
   */
  reserve(id: string, claims: readonly Claim[], leaseMs: number): Promise<Reserved>;
  /**
   * Puts what was really spent in place of what was reserved, claim by claim; once, whatever is called again, and not after the
   * lease. Amounts are as those of claims. A shared store that is away keeps it, and tells it when it is back.
   */
  settle(id: string, spent: readonly bigint[]): Promise<void>;
  /**
   * Calls back for each change under `prefix`, by any process. Gives the way to stop. Where changes may have been missed, as while
   * a shared store was away, it is called for what is there then, with `leftMs`, how long that still lives: a value may be told twice.
   */
  watch(prefix: string, changed: Changed): () => void;
  /**
   * `reserve` and `settle` at once, of a store in this very process: a promise on the way of a request costs more than they do.
   * An id that is settled so is free again.
   */
  readonly direct?: {
    reserve(id: string, claims: readonly Claim[], leaseMs: number): Reserved;
    settle(id: string, spent: readonly bigint[]): void;
  };
}

/** Told of a change: nothing stands for what is gone. */
export type Changed = (key: string, value: Uint8Array | undefined, leftMs?: number) => void;
