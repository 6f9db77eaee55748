import type { HeaderMap } from '@tapgate/core';

/** A signature is good for five minutes: below this a clock is right enough. */
const TOLERATED_MS = 4 * 60_000;

/** The time as the cloud has it. A machine whose clock is wrong would have every signature refused. */
export class SigningClock {
  #offsetMs = 0;

  now(): Date {
    return new Date(Date.now() + this.#offsetMs);
  }

  /** Learns from an answer that refuses. True where the time was wrong, so that another try is worth it. */
  corrects(headers: HeaderMap | undefined): boolean {
    const told = Date.parse(headers?.get('date') ?? '');
    if (Number.isNaN(told) || Math.abs(told - this.now().getTime()) < TOLERATED_MS) return false;
    this.#offsetMs = told - Date.now();
    return true;
  }
}
