import { type Exchange, type GatewayError, nameOf, type Target } from '@tapgate/core';
import type { Absence, Health } from './health.ts';

/** What this plugin has done for one exchange so far. */
export interface Journey {
  /** Targets that were tried a second time, by name. */
  readonly again: Set<string>;
  /** Targets whose breaker is passed over for it, by name. */
  readonly admitted: Set<string>;
  /** They were let through only to find out whether the breakers are right: once each is enough. */
  panics: boolean;
  hedged: boolean;
  /** Nobody may be asked, and this is what the client is told unless somebody has another answer. */
  refused: GatewayError | undefined;
}

/** One for each exchange, for as long as it lasts. */
export class Journeys {
  readonly #health: Health;
  readonly #journeys = new WeakMap<Exchange, Journey>();

  constructor(health: Health) {
    this.#health = health;
  }

  of(exchange: Exchange): Journey {
    let journey = this.#journeys.get(exchange);
    if (journey === undefined) {
      journey = { again: new Set(), admitted: new Set(), panics: false, hedged: false, refused: undefined };
      this.#journeys.set(exchange, journey);
    }
    return journey;
  }

  /** Nothing where nothing was done. */
  known(exchange: Exchange): Journey | undefined {
    return this.#journeys.get(exchange);
  }

  /** Why this exchange may not ask the target now; nothing where it may. */
  absence(target: Target, exchange: Exchange): Absence | undefined {
    const absence = this.#health.absence(target);
    if (absence?.because !== 'breaker') return absence;
    return this.known(exchange)?.admitted.has(nameOf(target)) === true ? undefined : absence;
  }
}
