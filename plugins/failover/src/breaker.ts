import type { Chance } from './chance.ts';
import { Rolling } from './rolling.ts';

/** When a breaker opens, for how long, and what closes it. */
export interface BreakerRules {
  /** Failures in a row. */
  readonly consecutive: number;
  /** Failures among the results of ten seconds, from 0 to 1, once there are `leastResults`. */
  readonly failureShare: number;
  readonly leastResults: number;
  /** How long it is open the first time; each further time as much longer. */
  readonly openMs: number;
  readonly maxOpenMs: number;
  /** Good probes that close it. */
  readonly successes: number;
}

/** Closed: asked. Open: not asked. Half-open: asked by one probe at a time. */
export type BreakerState = 'closed' | 'open' | 'half-open';

const windowMs = 10_000;
/** Quiet time after which one earlier opening is forgotten. */
const quietMs = 300_000;
/** Up to this much shorter than it might be, so that several processes do not probe at once. */
const jitter = 0.1;

/** Whether one deployment, a model at a provider, is asked at all. It knows nothing of requests, only results and times. */
export class Breaker {
  readonly #chance: Chance;
  readonly #results: Rolling;
  readonly #failures: Rolling;
  #state: BreakerState = 'closed';
  #inRow = 0;
  /** When the first attempt of the row began. */
  #rowSince = 0;
  #openedAt = 0;
  #closedAt = 0;
  #until = 0;
  #times = 0;
  #goodProbes = 0;
  #probing = false;
  #reason = '';
  #byShare = false;
  #wasFirst = false;

  constructor(chance: Chance) {
    this.#chance = chance;
    this.#results = new Rolling(windowMs, chance.now);
    this.#failures = new Rolling(windowMs, chance.now);
  }

  get state(): BreakerState {
    if (this.#state === 'open' && this.#chance.now() >= this.#until) {
      this.#state = 'half-open';
      this.#goodProbes = 0;
      this.#probing = false;
    }
    return this.#state;
  }

  /** Until when it is open, milliseconds since 1970. */
  get until(): number {
    return this.#until;
  }

  /** Why it opened the last time. */
  get reason(): string {
    return this.#reason;
  }

  /** It opened because too many failed, though not all in a row: some still succeed. */
  get openedByShare(): boolean {
    return this.#byShare;
  }

  /** It was asked first when it failed, so what is waiting for it is a probe. */
  get wasFirst(): boolean {
    return this.#wasFirst;
  }

  /** Nothing is known that would be missed. */
  get idle(): boolean {
    return this.state === 'closed' && this.#inRow === 0 && this.#times === 0 && this.#results.total === 0;
  }

  /** Whether one more request would be let through now. */
  get admits(): boolean {
    const { state } = this;
    return state === 'closed' || (state === 'half-open' && !this.#probing);
  }

  /** Lets a request through: `probe` is told of its end with `leave`. An open one lets nobody through; who goes all the same need not enter. */
  enter(): 'free' | 'probe' | 'no' {
    const { state } = this;
    if (state === 'closed') return 'free';
    if (!this.admits) return 'no';
    this.#probing = true;
    return 'probe';
  }

  /** The probe is over, whatever came of it. */
  leave(): void {
    this.#probing = false;
  }

  /** An attempt that began at `startedAt` succeeded. What began before it opened says nothing of how things are now. */
  succeeded(startedAt: number, rules: BreakerRules): void {
    const { state } = this;
    if (state === 'closed') {
      this.#results.add();
      if (startedAt >= this.#rowSince) this.#inRow = 0;
      return;
    }
    if (startedAt < this.#openedAt) return;
    this.#state = 'half-open';
    this.#goodProbes = state === 'open' ? 1 : this.#goodProbes + 1;
    if (this.#goodProbes >= rules.successes) this.#close();
  }

  /** An attempt failed, and the target is to blame. Gives whether it opened. */
  failed(startedAt: number, rules: BreakerRules, wasFirst = true): boolean {
    const { state } = this;
    if (state === 'open' || startedAt < (state === 'closed' ? this.#closedAt : this.#openedAt)) return false;
    if (state === 'half-open') {
      this.#open(rules, this.#reason);
      return true;
    }
    this.#results.add();
    this.#failures.add();
    if (this.#inRow === 0) this.#rowSince = startedAt;
    this.#inRow += 1;
    const reason = this.#tooMany(rules);
    if (reason === undefined) return false;
    this.#wasFirst = wasFirst;
    this.#times = Math.max(0, this.#times - Math.floor((this.#chance.now() - this.#closedAt) / quietMs)) + 1;
    this.#open(rules, reason);
    return true;
  }

  /** Another process has opened its own. */
  openUntil(until: number, reason: string): void {
    if (this.state === 'open' && this.#until >= until) return;
    this.#state = 'open';
    this.#openedAt = this.#chance.now();
    this.#until = until;
    this.#times = Math.max(1, this.#times);
    this.#reason = reason;
  }

  #tooMany({ consecutive, failureShare, leastResults }: BreakerRules): string | undefined {
    this.#byShare = false;
    if (this.#inRow >= consecutive) return `${this.#inRow} failures in a row`;
    const [results, failures] = [this.#results.total, this.#failures.total];
    if (results < leastResults || failures < results * failureShare) return undefined;
    this.#byShare = true;
    return `${failures} of ${results} failed within 10 s`;
  }

  #open({ openMs, maxOpenMs }: BreakerRules, reason: string): void {
    const now = this.#chance.now();
    this.#state = 'open';
    this.#reason = reason;
    this.#openedAt = now;
    this.#until = now + Math.min(openMs * Math.max(1, this.#times), maxOpenMs) * (1 - jitter * this.#chance.random());
    this.#goodProbes = 0;
    this.#probing = false;
  }

  #close(): void {
    this.#state = 'closed';
    this.#closedAt = this.#chance.now();
    this.#inRow = 0;
    this.#probing = false;
    this.#results.clear();
    this.#failures.clear();
  }
}
