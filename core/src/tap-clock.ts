/** The time that one tap has. It stands still while the exchange waits for a turn. */
export class TapClock {
  readonly #timeoutMs: number;
  readonly #late: () => void;
  #timer: NodeJS.Timeout | undefined;
  #ended = false;

  constructor(timeoutMs: number, late: () => void) {
    this.#timeoutMs = timeoutMs;
    this.#late = late;
  }

  /** Gives the tap all its time, from now. */
  start(): void {
    this.stop();
    if (!this.#ended) this.#timer = setTimeout(this.#late, this.#timeoutMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  /** The tap was heard: nothing starts it again. */
  end(): void {
    this.stop();
    this.#ended = true;
  }
}
