import type { Claim, Gateway, Reserved, Store } from '@tapgate/core';
import { Patience } from './patience.ts';

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
  readonly #patience: Patience;
  readonly #now: () => number;
  #failures = 0;
  #restsUntil = 0;

  constructor(gateway: Gateway, timeoutMs: number, now: () => number = () => performance.now()) {
    this.#gateway = gateway;
    this.#patience = new Patience(timeoutMs);
    this.#now = now;
  }

  /** The store, where it answers at once. */
  get direct(): Store['direct'] {
    return this.#gateway.service('store')?.direct;
  }

  /** Nothing where the store fails, is late, or is left alone. What it may have granted all the same is given back. */
  reserve(id: string, claims: readonly Claim[], leaseMs: number): Promise<Reserved | undefined> {
    const store = this.#asked();
    if (store === undefined) return nobody;
    return new Promise((resolve) => {
      const waiting = this.#patience.wait(() => {
        this.#failed('it does not answer in time');
        resolve(undefined);
      });
      const giveBack = (): void => void store.settle(id, claims.map(nothing)).catch(ignored);
      store.reserve(id, claims, leaseMs).then(
        (reserved) => {
          if (waiting.end()) {
            this.#worked();
            resolve(reserved);
          } else if (reserved.granted) {
            // Settled before it was granted it would have stayed granted.
            giveBack();
          }
          return undefined;
        },
        (error: unknown) => {
          if (waiting.end()) {
            this.#failed(error instanceof Error ? error.message : String(error));
            resolve(undefined);
          }
          giveBack();
        },
      );
    });
  }

  /** Puts what was spent in the place of what was reserved. Waits no longer than for anything else, and never fails. */
  settle(id: string, spent: readonly bigint[]): Promise<void> {
    const store = this.#gateway.service('store');
    if (store === undefined) return done;
    const settled = store.settle(id, spent);
    if (this.#rests) {
      settled.catch(ignored);
      return done;
    }
    return new Promise((resolve) => {
      const waiting = this.#patience.wait(resolve);
      const over = (): void => {
        if (waiting.end()) resolve();
      };
      settled.then(over, over);
    });
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

  #worked(): void {
    if (this.#rests) this.#gateway.log.info('the store that counts limits answers again');
    this.#failures = 0;
  }

  #failed(reason: string): void {
    this.#failures += 1;
    if (this.#failures !== maxFailures) return;
    this.#restsUntil = this.#now() + restMs;
    this.#gateway.log.warn({ reason }, 'the store that counts limits fails, and is asked once a second');
  }
}

const nobody: Promise<undefined> = Promise.resolve(undefined);
const done: Promise<void> = Promise.resolve();
const nothing = (): bigint => 0n;
const ignored = (): void => {};
