import type { Exchange } from '@tapgate/core';
import type { Vitals } from './vitals.ts';

/** What the process may bear. */
export interface PressureRules {
  /** Requests under way at a time. */
  readonly maxInFlight: number;
  /** How late the event loop may be. */
  readonly maxLoopDelayMs: number;
}

const everyMs = 250;
/** What counts as all that can be borne of the loop's delay lies above what is refused to the usual request. */
const delayShare = 0.95;

/** How much there is to do in this process, of what it can do: looked at a few times a second, asked for each request. */
export class Pressure {
  readonly #vitals: Vitals;
  readonly #open = new Set<Exchange>();
  #memory = 0;
  #delayMs = 0;
  #lastDelayMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #holders = 0;

  constructor(vitals: Vitals) {
    this.#vitals = vitals;
  }

  get inFlight(): number {
    return this.#open.size;
  }

  begin(exchange: Exchange): void {
    this.#open.add(exchange);
  }

  /** An exchange that was refused before it began is none of these. */
  end(exchange: Exchange): void {
    this.#open.delete(exchange);
  }

  /** Of memory and of the loop: 1 is the end. One late turn of the loop is no pressure; two looks in a row are. */
  ofProcess({ maxLoopDelayMs }: PressureRules): number {
    const delayMs = Math.min(this.#delayMs, this.#lastDelayMs);
    return Math.max(this.#memory, (delayMs / maxLoopDelayMs) * delayShare);
  }

  /** Of requests under way. */
  ofRequests({ maxInFlight }: PressureRules): number {
    return this.#open.size / maxInFlight;
  }

  /** Begins to look, for as long as somebody wants it. */
  open(): void {
    this.#holders += 1;
    if (this.#timer !== undefined) return;
    this.#vitals.open();
    this.#timer = setInterval(() => this.look(), everyMs).unref();
  }

  look(): void {
    this.#memory = Math.max(this.#vitals.heap(), this.#vitals.memory());
    this.#lastDelayMs = this.#delayMs;
    this.#delayMs = this.#vitals.loopDelayMs();
  }

  release(): void {
    this.#holders -= 1;
    if (this.#holders <= 0) this.close();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#holders = 0;
    this.#vitals.close();
  }
}
