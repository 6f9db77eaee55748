import type { Timeouts } from './upstream.ts';

/** What a call waits for: a connection, its own bytes to be taken, the first byte of the answer, the next one. */
export type Phase = 'connect' | 'send' | 'first-event' | 'idle';

/** Who is told that a limit has passed, once. */
export interface Patience {
  lapse(phase: Phase | 'total', limitMs: number): void;
}

/** The longest that a timer of the platform can run: one that is longer would fire at once. */
const longestMs = 2 ** 31 - 1;

/**
 * All limits of one call with one timer of the platform: to begin a phase is to note when it lapses, and the timer, when it fires
 * too early, is set again. A call that is answered within its shortest limit costs one timer, however many chunks it has.
 */
export class PhaseTimer {
  readonly #limits: Timeouts;
  readonly #owner: Patience;
  readonly #totalAt: number;
  #phase: Phase = 'connect';
  #limitMs = 0;
  #lapsesAt = Number.POSITIVE_INFINITY;
  /** What was left of the phase when it was suspended. */
  #leftMs: number | undefined;
  #firesAt = Number.POSITIVE_INFINITY;
  #handle: NodeJS.Timeout | undefined;
  #stopped = false;

  /** Begins with the phase `connect`. */
  constructor(limits: Timeouts, owner: Patience) {
    this.#limits = limits;
    this.#owner = owner;
    this.#totalAt = limits.totalMs > 0 ? performance.now() + limits.totalMs : Number.POSITIVE_INFINITY;
    this.enter('connect');
  }

  get phase(): Phase {
    return this.#phase;
  }

  enter(phase: Phase): void {
    this.#phase = phase;
    this.#limitMs = limitOf(this.#limits, phase);
    this.#leftMs = undefined;
    this.#begin(this.#limitMs);
  }

  /** Begins the phase anew. */
  touch(): void {
    if (this.#limitMs > 0 && this.#leftMs === undefined) this.#lapsesAt = performance.now() + this.#limitMs;
  }

  /** Stops the phase's clock, not that of the whole. */
  suspend(): void {
    if (this.#leftMs !== undefined) return;
    this.#leftMs = this.#limitMs > 0 ? Math.max(1, this.#lapsesAt - performance.now()) : 0;
    this.#lapsesAt = Number.POSITIVE_INFINITY;
  }

  resume(): void {
    if (this.#leftMs === undefined) return;
    const leftMs = this.#leftMs;
    this.#leftMs = undefined;
    this.#begin(leftMs);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#handle);
  }

  #begin(limitMs: number): void {
    const now = performance.now();
    this.#lapsesAt = limitMs > 0 ? now + limitMs : Number.POSITIVE_INFINITY;
    this.#arm(now);
  }

  #arm(now: number): void {
    const at = Math.min(this.#lapsesAt, this.#totalAt);
    if (at >= this.#firesAt || this.#stopped) return;
    clearTimeout(this.#handle);
    this.#firesAt = at;
    this.#handle = setTimeout(fire, Math.min(longestMs, Math.max(1, Math.ceil(at - now))), this);
  }

  /** The loop may have been busy with something else: what has come in the meantime is read first. */
  fire(): void {
    this.#firesAt = Number.POSITIVE_INFINITY;
    const now = performance.now();
    if (Math.min(this.#lapsesAt, this.#totalAt) > now + 1) this.#arm(now);
    else setImmediate(judge, this);
  }

  judge(): void {
    if (this.#stopped) return;
    const now = performance.now();
    if (this.#totalAt <= now + 1) this.#owner.lapse('total', this.#limits.totalMs);
    else if (this.#lapsesAt <= now + 1) this.#owner.lapse(this.#phase, this.#limitMs);
    else this.#arm(now);
  }
}

function limitOf(limits: Timeouts, phase: Phase): number {
  if (phase === 'connect') return limits.connectMs;
  return phase === 'first-event' ? limits.firstEventMs : limits.idleMs;
}

const fire = (timer: PhaseTimer): void => timer.fire();
const judge = (timer: PhaseTimer): void => timer.judge();
