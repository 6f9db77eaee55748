import type { LiveExchange } from './live-exchange.ts';

/**
 * The exchanges that are not settled yet. A list, because a Set that changes with every request leaves its outgrown tables behind,
 * and each of them keeps alive, for the collector of young objects, the next one and whatever was in it then: every exchange would
 * grow old before it is collected.
 */
export class OpenExchanges implements Iterable<LiveExchange> {
  readonly #list: LiveExchange[] = [];

  get size(): number {
    return this.#list.length;
  }

  add(exchange: LiveExchange): void {
    exchange.place = this.#list.length;
    this.#list.push(exchange);
  }

  /** The last one takes the place that becomes free. */
  delete(exchange: LiveExchange): void {
    if (this.#list[exchange.place] !== exchange) return;
    const last = this.#list.pop();
    if (last === undefined || last === exchange) return;
    this.#list[exchange.place] = last;
    last.place = exchange.place;
  }

  /** Those that are open now, whatever becomes of them meanwhile. */
  [Symbol.iterator](): ArrayIterator<LiveExchange> {
    return [...this.#list].values();
  }
}
