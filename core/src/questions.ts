import type { RunningAttempt } from './attempt.ts';
import type { GatewayError } from './errors.ts';
import type { Failure, Recovery } from './exchange.ts';
import type { LiveExchange } from './live-exchange.ts';
import type { Hooks } from './plugin.ts';
import type { AttemptRecord } from './provider.ts';

/** What `onError` is to be asked about. */
export interface Question {
  readonly record: AttemptRecord;
  /** Nothing where the request could not even be put to the target. */
  readonly run: RunningAttempt | undefined;
  readonly error: GatewayError;
  readonly inFlight: boolean;
  readonly committed: boolean;
}

/** Who knows what to do with an answer. */
export interface QuestionsListener {
  /** The failure as it is now, or nothing where the question has become idle. */
  describe(question: Question): Failure | undefined;
  answered(question: Question, thrown: unknown, recovery: Recovery | undefined): void;
}

/** Asks `onError`, one question at a time, in the order they came up. */
export class Questions {
  readonly #hooks: Hooks;
  readonly #exchange: LiveExchange;
  readonly #listener: QuestionsListener;
  readonly #waiting: Question[] = [];
  #asking = false;

  constructor(hooks: Hooks, exchange: LiveExchange, listener: QuestionsListener) {
    this.#hooks = hooks;
    this.#exchange = exchange;
    this.#listener = listener;
  }

  /** Some have not been asked yet. */
  get pending(): boolean {
    return this.#waiting.length > 0;
  }

  ask(question: Question): void {
    this.#waiting.push(question);
    if (!this.#asking) this.#askNext();
  }

  #askNext(): void {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      const failure = this.#listener.describe(next);
      if (failure === undefined) continue;
      this.#put(next, failure);
      return;
    }
  }

  #put(question: Question, failure: Failure): void {
    this.#asking = true;
    this.#hooks.onError.callAsync(failure, this.#exchange, (thrown, recovery) => {
      this.#asking = false;
      this.#listener.answered(question, thrown ?? undefined, recovery ?? undefined);
      if (!this.#asking) this.#askNext();
    });
  }
}
