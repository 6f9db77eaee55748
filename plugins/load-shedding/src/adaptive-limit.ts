import { type FirstToken, FirstTokens } from './first-tokens.ts';

/** Between what the limit moves. */
export interface LimitRules {
  readonly initial: number;
  readonly least: number;
  readonly most: number;
}

/** Slower than usual by this is nothing yet. */
const tolerance = 1.5;
/** No window makes the limit smaller than by this, before smoothing. */
const steepest = 0.5;
const smoothing = 0.2;
/** After a sign of overload: 429, 503, or no first token in time. */
const backoff = 0.9;
/** So long a target may still be at work for those that have left, milliseconds. */
const clearsMs = 10_000;
/** Of the limit, how many must have been under way for it to grow, or to shrink. */
const growsFrom = 0.8;
const shrinksFrom = 0.5;
/** As slow as this, compared with the worst, is no better. */
const unchanged = 0.75;
/** A window: at least so long and so many, or in the end as many as there are. */
const windowMs = 500;
const enough = 5;
const longestWindowMs = 5000;
/** One window counts for no more than these: it is sooner too much than too little. */
const mostStepsUp = 5;
const mostStepsDown = 10;

/** Without a first token after so many times the usual, it is known to be slow enough. */
const tellsAfter = tolerance / steepest;

/** Who leaves sooner than after so much of the usual time did not want it. */
const tellsLeft = 0.5;

/** A call under way. */
export interface Running {
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly promptBytes: number;
  /** How many others were under way when it began. */
  readonly others: number;
}

/** How a call ended, as far as its target's load is concerned. */
export type End = 'overload' | 'whole' | 'left' | 'nothing';

/**
 * How many may be under way at one target at a time. It follows the time to the first token: as long as that is as usual the limit
 * grows by its square root, and where it takes longer the limit shrinks in proportion. The whole time of an answer says nothing,
 * because it depends on the answer's length. What a target itself says of its overload makes it smaller at once.
 * @see https://github.com/Netflix/concurrency-limits (Gradient2, AIMD)
 */
export class AdaptiveLimit {
  readonly #tokens = new FirstTokens();
  /** Who waits for its first token and has told nothing yet, the oldest first. */
  readonly #waiting = new Set<Running>();
  #rules: LimitRules;
  #limit: number;
  #inFlight = 0;
  #mostInFlight = 0;
  #window = new Map<Running, FirstToken>();
  #windowAt: number | undefined;
  /** The slowest window since all was well, how many were under way then, and whether it was as slow as that or slower. */
  #worst: { readonly slowness: number; readonly inFlight: number; readonly known: boolean } | undefined;
  /** Since when no more than half of those have been under way. */
  #halvedAt: number | undefined;
  /** What began before has seen another limit. */
  #changedAt = 0;

  constructor(rules: LimitRules) {
    this.#rules = rules;
    this.#limit = rules.initial;
    this.#set(rules.initial);
  }

  get limit(): number {
    return this.#limit;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** Other bounds, after a reload. */
  set rules(rules: LimitRules) {
    this.#rules = rules;
    this.#set(this.#limit);
  }

  /** Whether one more fits in such a share of the limit. */
  admits(share: number): boolean {
    return this.#inFlight < this.#limit * share;
  }

  /** A call begins. Of one that is not streamed no first token is expected. */
  begin(now: number, promptBytes: number, streamed: boolean): Running {
    this.#lookAtWaiting(now);
    const running = { startedAt: now, promptBytes, others: this.#inFlight };
    this.#inFlight += 1;
    this.#mostInFlight = Math.max(this.#mostInFlight, this.#inFlight);
    if (streamed) this.#waiting.add(running);
    return running;
  }

  /** Its first token has come. */
  first(running: Running, now: number): void {
    // What its silence has told already is known better now.
    if (this.#waiting.delete(running) || this.#window.has(running)) this.#saw(running, now, true);
  }

  /** It is over; to be told once. */
  end(running: Running, how: End, now: number): void {
    this.#inFlight = Math.max(0, this.#inFlight - 1);
    const waited = this.#waiting.delete(running);
    if (how === 'overload') this.#overloaded(running.startedAt, now);
    else if (how === 'whole') this.#grow();
    else if (how === 'left' && waited && this.#isSlow(running, now, tellsLeft)) {
      // Nobody waited for it any longer: it would have taken at least so long. Where all leave, nobody is heard at all.
      this.#saw(running, now, false);
    }
  }

  /** A silence that is long enough tells enough to begin with; whether less of a crowd helps is told by tokens alone. */
  #lookAtWaiting(now: number): void {
    if (this.#isHalved()) return;
    for (const running of this.#waiting) {
      if (!this.#isSlow(running, now, tellsAfter)) return;
      this.#waiting.delete(running);
      this.#saw(running, now, false);
    }
  }

  #isSlow({ startedAt, promptBytes }: Running, now: number, times: number): boolean {
    const usualMs = this.#tokens.usualMs(promptBytes);
    return usualMs !== undefined && now - startedAt > usualMs * times;
  }

  #saw(running: Running, now: number, heard: boolean): void {
    const { startedAt, promptBytes, others } = running;
    if (startedAt < this.#changedAt) return;
    this.#windowAt ??= now;
    const token = { tookMs: Math.max(1, now - startedAt), promptBytes, others, heard };
    if (heard) this.#tokens.meet(token);
    this.#window.set(running, token);
    const tookMs = now - this.#windowAt;
    if (this.#window.size >= enough ? tookMs >= windowMs : tookMs >= longestWindowMs) this.#close(now);
  }

  /** An answer came whole, so that its beginning tells nothing. */
  #grow(): void {
    if (this.#inFlight + 1 >= this.#limit * growsFrom) this.#set(this.#limit + 1 / this.#limit);
  }

  /** The target says, or shows, that it has too much to do: it counts once for all that were under way together. */
  #overloaded(startedAt: number, now: number): void {
    if (startedAt < this.#changedAt) return;
    this.#set(this.#limit * backoff);
    this.#begin(now);
  }

  #close(now: number): void {
    const window = [...this.#window.values(), ...this.#stillWaiting(now)];
    const gradient = Math.min(1, Math.max(steepest, tolerance / this.#slowness(window, now)));
    const limit = this.#limit;
    const steps = Math.min(window.length, gradient < 1 ? mostStepsDown : mostStepsUp);
    let next = limit;
    for (let step = 0; step < steps; step += 1)
      next = (1 - smoothing) * next + smoothing * (gradient * next + Math.sqrt(next));
    // Who does not come near its limit knows nothing of it. Where nobody is heard there is no measure, and it must not end before there are few.
    if (!window.some(({ heard }) => heard)) this.#set(Math.min(next, limit * backoff));
    else if (this.#mostInFlight >= limit * (next > limit ? growsFrom : shrinksFrom)) this.#set(next);
    this.#begin(now);
  }

  /** The quick are heard first: who began with them and is still waiting is as slow as this at least. */
  #stillWaiting(now: number): readonly FirstToken[] {
    return [...this.#waiting]
      .filter((running) => running.startedAt >= this.#changedAt && this.#isSlow(running, now, tolerance))
      .map(({ startedAt, promptBytes, others }) => ({ tookMs: now - startedAt, promptBytes, others, heard: false }));
  }

  /** What makes no difference when half of the crowd is gone was not the crowd's doing, but is how it is now. */
  #slowness(window: readonly FirstToken[], now: number): number {
    const slowness = this.#tokens.slowness(window, now);
    const heard = window.filter((token) => token.heard);
    // A silence tells how slow it is at least: nothing can be compared with that.
    const known = heard.length >= window.length / 2;
    const worst = this.#worst;
    if (!this.#isHalved()) this.#halvedAt = undefined;
    else this.#halvedAt ??= now;
    if (slowness <= tolerance) this.#worst = undefined;
    else if (worst === undefined || slowness * unchanged > worst.slowness || (known && !worst.known))
      this.#worst = { slowness, inFlight: this.#mostInFlight, known };
    else if (known && slowness > worst.slowness * unchanged && now - (this.#halvedAt ?? now) >= clearsMs) {
      this.#tokens.relearn(heard);
      this.#worst = undefined;
      return 1;
    }
    return slowness;
  }

  #isHalved(): boolean {
    return this.#worst !== undefined && this.#mostInFlight <= this.#worst.inFlight / 2;
  }

  #begin(now: number): void {
    this.#window.clear();
    this.#windowAt = undefined;
    this.#changedAt = now;
    this.#mostInFlight = this.#inFlight;
  }

  #set(limit: number): void {
    this.#limit = Math.min(this.#rules.most, Math.max(this.#rules.least, limit));
  }
}
