import type { Claim, Gateway, Standing, Store } from '@tapgate/core';

/** What a store says to a reservation. */
export interface Reserved {
  readonly granted: boolean;
  readonly claims: readonly Standing[];
}

/** Failures in a row after which the store is left alone, and how long. */
const maxFailures = 5;
const restMs = 1000;
/** Settlements that wait for the store to come back; of more, the oldest are left to the end of their leases. */
const maxWaiting = 10_000;

/**
 * The store, with a bound on how long anybody waits for it. After some failures in a row it is asked once a second only,
 * so that one that hangs costs next to nothing, and is found again as soon as it is well. What could not be settled is
 * settled then.
 */
export class BoundedStore {
  readonly #gateway: Gateway;
  readonly #timeoutMs: number;
  readonly #now: () => number;
  readonly #waiting = new Map<string, readonly bigint[]>();
  #failures = 0;
  #restsUntil = 0;

  constructor(gateway: Gateway, timeoutMs: number, now: () => number = () => performance.now()) {
    this.#gateway = gateway;
    this.#timeoutMs = timeoutMs;
    this.#now = now;
  }

  /** Nothing where the store fails, is late, or is left alone. What it may have granted all the same is given back. */
  async reserve(id: string, claims: readonly Claim[], leaseMs: number): Promise<Reserved | undefined> {
    const store = this.#asked();
    if (store === undefined) return undefined;
    const answer = attempt(() => store.reserve(id, claims, leaseMs));
    const heard = await this.#inTime(answer);
    if (heard !== undefined && !(heard instanceof Error)) {
      this.#worked(store);
      return heard;
    }
    this.#failed(heard);
    const nothing = claims.map(() => 0n);
    // Settled before it is granted it would stay granted.
    void answer.then((late) => {
      if (late instanceof Error || late.granted) this.#wait(id, nothing);
      return undefined;
    });
    return undefined;
  }

  /** Puts what was spent in the place of what was reserved, now or when the store is back. */
  async settle(id: string, spent: readonly bigint[]): Promise<void> {
    const store = this.#asked();
    if (store === undefined) {
      this.#wait(id, spent);
      return;
    }
    const heard = await this.#inTime(attempt(() => store.settle(id, spent).then(() => true)));
    if (heard === true) {
      this.#worked(store);
      return;
    }
    this.#failed(heard || undefined);
    this.#wait(id, spent);
  }

  /** The store, if it is to be asked now. */
  #asked(): Store | undefined {
    if (this.#failures < maxFailures) return this.#gateway.service('store');
    const now = this.#now();
    if (now < this.#restsUntil) return undefined;
    // One at a time finds out whether it is well.
    this.#restsUntil = now + restMs;
    return this.#gateway.service('store');
  }

  async #inTime<Value>(answer: Promise<Value>): Promise<Value | undefined> {
    let timer: NodeJS.Timeout | undefined;
    const end = new Promise<undefined>((resolve) => {
      timer = setTimeout(resolve, this.#timeoutMs, undefined);
    });
    const heard = await Promise.race([answer, end]);
    clearTimeout(timer);
    return heard;
  }

  #wait(id: string, spent: readonly bigint[]): void {
    this.#waiting.set(id, spent);
    if (this.#waiting.size <= maxWaiting) return;
    const [oldest] = this.#waiting.keys();
    if (oldest !== undefined) this.#waiting.delete(oldest);
  }

  #worked(store: Store): void {
    if (this.#failures >= maxFailures) this.#gateway.log.info('the store that counts limits answers again');
    this.#failures = 0;
    if (this.#waiting.size > 0) void this.#settleWaiting(store);
  }

  async #settleWaiting(store: Store): Promise<void> {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const [id, spent] of waiting) {
      const settled = await attempt(() => store.settle(id, spent));
      if (settled instanceof Error) this.#wait(id, spent);
    }
  }

  #failed(error: Error | undefined): void {
    this.#failures += 1;
    if (this.#failures !== maxFailures) return;
    this.#restsUntil = this.#now() + restMs;
    const reason = error?.message ?? `no answer within ${this.#timeoutMs} ms`;
    this.#gateway.log.warn({ reason }, 'the store that counts limits fails, and is asked once a second');
  }
}

/** What it gives, or the error that it throws, at once or later. */
async function attempt<Value>(ask: () => Promise<Value>): Promise<Value | Error> {
  try {
    return await ask();
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
