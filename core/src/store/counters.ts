import type { Claim } from './store.ts';
import { Window } from './window.ts';

/** How many windows are looked at for each that is used, so that empty ones go as fast as new ones may come. */
const lookedAt = 2;

/** What was spent, by counter: sums in sliding windows, and what is held. Who asks brings the time. */
export class Counters {
  /** By the length of the window, then by key. */
  readonly #windows = new Map<number, Map<string, Window>>();
  readonly #held = new Map<string, bigint>();
  #sweep: Iterator<readonly [Map<string, Window>, string, Window]> | undefined;

  spent({ key, windowMs }: Claim, now: number): bigint {
    if (windowMs === 'concurrent') return this.#held.get(key) ?? 0n;
    return this.#windows.get(windowMs)?.get(key)?.total(now) ?? 0n;
  }

  /** Adds an amount, which may be negative, to what was spent at `at`. */
  add({ key, windowMs }: Claim, amount: bigint, at: number, now: number): void {
    if (windowMs !== 'concurrent') {
      this.#window(windowMs, key, now).add(at, amount, now);
      return;
    }
    const held = (this.#held.get(key) ?? 0n) + amount;
    if (held === 0n) this.#held.delete(key);
    else this.#held.set(key, held);
  }

  /** When nothing of it is left. */
  emptyAt({ key, windowMs }: Claim, now: number): number {
    return windowMs === 'concurrent' ? now : (this.#windows.get(windowMs)?.get(key)?.emptyAt(now) ?? now);
  }

  /** When the claim would fit; when nothing is left where it never does. */
  fitsAt({ key, windowMs, amount, limit }: Claim, now: number): number {
    return windowMs === 'concurrent' ? now : (this.#windows.get(windowMs)?.get(key)?.fitsAt(amount, limit, now) ?? now);
  }

  #window(windowMs: number, key: string, now: number): Window {
    let ofLength = this.#windows.get(windowMs);
    if (ofLength === undefined) {
      ofLength = new Map();
      this.#windows.set(windowMs, ofLength);
    }
    let window = ofLength.get(key);
    if (window !== undefined) return window;
    this.#forgetSome(now);
    window = new Window(windowMs);
    ofLength.set(key, window);
    return window;
  }

  /** Goes round all windows, a few at a time. */
  #forgetSome(now: number): void {
    for (let count = 0; count < lookedAt; count += 1) {
      this.#sweep ??= this.#all();
      const next = this.#sweep.next();
      if (next.done === true) {
        this.#sweep = undefined;
        return;
      }
      const [ofLength, key, window] = next.value;
      if (window.isEmpty(now)) ofLength.delete(key);
    }
  }

  *#all(): Generator<readonly [Map<string, Window>, string, Window], void, undefined> {
    for (const ofLength of this.#windows.values()) for (const [key, window] of ofLength) yield [ofLength, key, window];
  }
}
