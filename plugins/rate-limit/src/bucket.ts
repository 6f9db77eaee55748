import type { Seen } from './provider-headers.ts';

/** Nobody is left alone for longer on the word of a header alone; then it is asked anew. */
const longestMs = 3_600_000;

/**
 * What is left of one of a provider's limits, as far as one process can know: what the last reply said, less what has
 * been sent since, plus what has come back since.
 */
export class Bucket {
  /** Units that were ever sent, and how many of them the reply knew of. */
  #known: number;
  #seen: Seen;
  #at: number;

  constructor(seen: Seen, known: number, now: number) {
    this.#seen = seen;
    this.#known = known;
    this.#at = now;
  }

  get seen(): Seen {
    return this.#seen;
  }

  /** Replies come in any order: one that knows of less says nothing new, until the limit has reset. */
  learn(seen: Seen, known: number, now: number): void {
    if (known < this.#known && now < this.#resetsAt) return;
    this.#seen = seen;
    this.#known = known;
    this.#at = now;
  }

  /** How much may still be sent. */
  left(sent: number, now: number): number {
    this.#reset(sent, now);
    const { remaining, limit = Number.POSITIVE_INFINITY, refills, resetInMs } = this.#seen;
    const regained =
      refills && Number.isFinite(limit) ? ((limit - remaining) * (now - this.#at)) / Math.max(1, resetInMs) : 0;
    return Math.min(limit, remaining + regained) - (sent - this.#known);
  }

  /** When so much may be sent; more than the whole limit waits for the whole. */
  fitsAt(amount: number, sent: number, now: number): number {
    const missing = Math.min(amount, this.#seen.limit ?? amount) - this.left(sent, now);
    if (missing <= 0) return now;
    const { remaining, limit, refills, resetInMs } = this.#seen;
    if (!refills || limit === undefined || limit <= remaining) return Math.max(this.#resetsAt, now + 1);
    return Math.min(this.#resetsAt, now + Math.ceil((missing * resetInMs) / (limit - remaining)));
  }

  /** Behind its reset a limit is whole again, and what is sent from then on counts: silence must not shut it for ever. */
  #reset(sent: number, now: number): void {
    if (now < this.#resetsAt) return;
    this.#seen = { ...this.#seen, remaining: this.#seen.limit ?? Number.POSITIVE_INFINITY };
    this.#known = sent;
    this.#at = now;
  }

  get #resetsAt(): number {
    return this.#at + Math.min(Math.max(1, this.#seen.resetInMs), longestMs);
  }
}
