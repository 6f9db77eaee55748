/** Somebody who waits. */
export interface Waiting {
  /** The wait is over. False where it was too late already. */
  end(): boolean;
}

interface Place extends Waiting {
  readonly until: number;
  readonly late: () => void;
}

/** Into how many looks a wait is cut: it is over by this part of it late at most. */
const looks = 4;

/**
 * One bound for many short waits. One timer looks after all of them, because nearly every wait is over before a timer of
 * its own would be made.
 */
export class Patience {
  readonly #timeoutMs: number;
  /** In the order in which they end. */
  readonly #places = new Set<Place>();
  #timer: NodeJS.Timeout | undefined;

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /** Calls back where the wait does not end in time. */
  wait(late: () => void): Waiting {
    const places = this.#places;
    const place: Place = {
      until: performance.now() + this.#timeoutMs,
      late,
      end: () => places.delete(place),
    };
    places.add(place);
    if (this.#timer === undefined) this.#timer = this.#lookLater();
    return place;
  }

  #lookLater(): NodeJS.Timeout {
    // One more turn of the loop: what has come while this process was busy itself is nobody's delay.
    return setTimeout(() => setImmediate(() => this.#look()), Math.max(1, this.#timeoutMs / looks));
  }

  #look(): void {
    const now = performance.now();
    for (const place of this.#places) {
      if (place.until > now) break;
      this.#places.delete(place);
      place.late();
    }
    this.#timer = this.#places.size === 0 ? undefined : this.#lookLater();
  }
}
