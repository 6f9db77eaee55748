import { coreErrors, type GatewayError } from '../errors.ts';
import type { ByteControl, ByteSink, ByteStream } from '../reply.ts';

/** The upstream's side of an answer. */
export interface Source {
  /** Nothing more for the time being. */
  hold(): void;
  flow(): void;
  /** The reader has had enough. */
  cancel(): void;
}

/** What is held for a reader that is not there yet, before the upstream is stopped; one more read may come. */
const maxHeldBytes = 64 * 1024;

/** Each `then` is a job for later in this turn. `queueMicrotask` makes a resource for async hooks of each, and costs ten times as much. */
const turn = Promise.resolve();

/**
 * An answer's bytes between undici and whoever reads them. Nothing goes out before `pipe`, nor while it is paused. What comes
 * before there is a reader is held up to a bound, since to stop the parser costs more than most answers: those that came whole with
 * their head are never stopped at all.
 */
export class ReplyBody implements ByteStream, ByteControl {
  readonly #source: Source;
  #sink: ByteSink | undefined;
  #paused = true;
  #waking = false;
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  #ending: GatewayError | 'end' | undefined;
  #closed = false;

  constructor(source: Source) {
    this.#source = source;
  }

  /** A reader is there, and wants more. */
  get wanted(): boolean {
    return !this.#paused;
  }

  pipe(sink: ByteSink): ByteControl {
    if (this.#sink) throw new TypeError('An answer can be read only once.');
    this.#sink = sink;
    this.resume();
    return this;
  }

  pause(): void {
    if (this.#paused || this.#closed) return;
    this.#paused = true;
    this.#source.hold();
  }

  /** Takes effect after this turn: undici's parser must not be entered from within another of its callbacks. */
  resume(): void {
    if (!this.#paused || this.#closed) return;
    this.#paused = false;
    if (this.#waking) return;
    this.#waking = true;
    void turn.then(() => this.#wake());
  }

  abort(): void {
    if (this.#closed) return;
    this.#close();
    this.#source.cancel();
  }

  push(chunk: Uint8Array): void {
    if (this.#closed) return;
    if (this.#paused || this.#waking) this.#hold(chunk);
    else this.#give(chunk);
  }

  end(): void {
    if (this.#closed) return;
    this.#ending = 'end';
    if (!this.#paused && !this.#waking) this.#finish();
  }

  /** What is held goes out before it, and not before there is a reader. */
  fail(error: GatewayError): void {
    if (this.#closed) return;
    this.#ending = error;
    if (this.#sink && !this.#waking && this.#held.length === 0) this.#finish();
  }

  #wake(): void {
    this.#waking = false;
    while (this.#held.length > 0 && !this.#paused && !this.#closed) this.#give(this.#held.shift() as Uint8Array);
    if (this.#paused || this.#closed) return;
    this.#heldBytes = 0;
    if (this.#ending) this.#finish();
    else this.#source.flow();
  }

  #hold(chunk: Uint8Array): void {
    this.#held.push(chunk);
    this.#heldBytes += chunk.byteLength;
    if (this.#heldBytes > maxHeldBytes) this.#source.hold();
  }

  #give(chunk: Uint8Array): void {
    try {
      this.#sink?.data(chunk);
    } catch (error) {
      if (this.#closed) return;
      this.#source.cancel();
      this.#ending = coreErrors.INTERNAL({}, { cause: error });
      this.#finish();
    }
  }

  #finish(): void {
    const ending = this.#ending;
    this.#close();
    if (ending === 'end') this.#sink?.end();
    else if (ending) this.#sink?.fail(ending);
  }

  #close(): void {
    this.#closed = true;
    this.#held = [];
  }
}
