/** Who is told that a signal has aborted. */
export interface Abortable {
  aborted(): void;
}

/**
 * Listens to a signal until it is released, and holds nothing after that. The platform's event targets pass the collector from one
 * generation to the next together with all that their former listeners can reach: a call that listened by itself would stay with
 * everything it had, and the collector would have several times the work.
 */
export class AbortHook {
  readonly #signal: AbortSignal;
  #of: Abortable | undefined;
  /** A function, since a listener that is an object is called in a promise of its own. */
  readonly #listener = (): void => this.#of?.aborted();

  constructor(signal: AbortSignal, of: Abortable) {
    this.#signal = signal;
    this.#of = of;
    signal.addEventListener('abort', this.#listener);
  }

  release(): void {
    this.#signal.removeEventListener('abort', this.#listener);
    this.#of = undefined;
  }
}
