import type { Claim, Gateway, Standing, Store } from '@tapgate/core';

/** What a store says to a reservation. */
export interface Reserved {
  readonly granted: boolean;
  readonly claims: readonly Standing[];
}

/** Failures in a row after which the store is left alone, and how long. */
const maxFailures = 5;
const restMs = 1000;
/**
 * The store, with a bound on how long anybody waits for it. After some failures in a row it is asked once a second only,
 * so that one that hangs costs next to nothing, and is found again as soon as it is well. Settlements always go to it: a
 * store that is away keeps them.
 */
export class BoundedStore {
  readonly #gateway: Gateway;
  readonly #timeoutMs: number;
  readonly #now: () => number;
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
      this.#worked();
      return heard;
    }
    this.#failed(heard);
    // Settled before it is granted it would stay granted.
    void answer.then((late) => {
      if (late instanceof Error || late.granted) void attempt(() => store.settle(id, claims.map(nothing)));
      return undefined;
    });
    return undefined;
  }

  /** Puts what was spent in the place of what was reserved. Waits no longer than for anything else, and never fails. */
  async settle(id: string, spent: readonly bigint[]): Promise<void> {
    const store = this.#gateway.service('store');
    if (store === undefined) return;
    const settled = attempt(() => store.settle(id, spent));
    if (!this.#rests) await this.#inTime(settled);
  }

  get #rests(): boolean {
    return this.#failures >= maxFailures;
  }

  /** The store, if it is to be asked now. */
  #asked(): Store | undefined {
    if (!this.#rests) return this.#gateway.service('store');
    const now = this.#now();
    if (now < this.#restsUntil) return undefined;
    // One at a time finds out whether it is well.
    this.#restsUntil = now + restMs;
    return this.#gateway.service('store');
  }

  async #inTime<Value>(answer: Promise<Value>): Promise<Value | undefined> {
    let timer: NodeJS.Timeout | undefined;
    const end = new Promise<undefined>((resolve) => {
      // One more turn: what has come while this process was busy itself is not the store's delay.
      timer = setTimeout(() => setImmediate(resolve, undefined), this.#timeoutMs);
    });
    const heard = await Promise.race([answer, end]);
    clearTimeout(timer);
    return heard;
  }

  #worked(): void {
    if (this.#rests) this.#gateway.log.info('the store that counts limits answers again');
    this.#failures = 0;
  }

  #failed(error: Error | undefined): void {
    this.#failures += 1;
    if (this.#failures !== maxFailures) return;
    this.#restsUntil = this.#now() + restMs;
    const reason = error?.message ?? `no answer within ${this.#timeoutMs} ms`;
    this.#gateway.log.warn({ reason }, 'the store that counts limits fails, and is asked once a second');
  }
}

const nothing = (): bigint => 0n;

/** What it gives, or the error that it throws, at once or later. */
async function attempt<Value>(ask: () => Promise<Value>): Promise<Value | Error> {
  try {
    return await ask();
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
