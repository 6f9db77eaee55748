import type { Body } from '../body.ts';
import { coreErrors, GatewayError } from '../errors.ts';

/** A request body in a form that undici writes. */
export type Payload = Uint8Array | readonly Uint8Array[] | Upload | null;

/** Below this one copy costs less than one more write. */
const copiedBytes = 64 * 1024;

/** The chunks of a body in the form that is cheapest to send: in one piece where it is small, never copied where it is large. */
export function payloadOf(body: Body): Uint8Array | readonly Uint8Array[] | null {
  const { chunks, length } = body;
  if (length === 0) return null;
  const [only] = chunks;
  if (chunks.length === 1 && only) return only;
  return length <= copiedBytes ? Buffer.concat(chunks, length) : chunks;
}

/** Who is told whom an upload waits for. */
export interface UploadClock {
  /** For its own source: the upstream is not to blame. */
  suspend(): void;
  resume(): void;
}

/**
 * A body on its way through. It can be given up while its source says nothing, and never ends the source: whoever opened it reads it
 * to its end or closes it, since closing a client's request closes the connection that the answer must go out on.
 */
export class Upload implements AsyncIterableIterator<Uint8Array> {
  readonly #source: AsyncIterator<Uint8Array>;
  readonly #clock: UploadClock;
  #giveUp: ((reason: Error) => void) | undefined;
  #givenUp: Error | undefined;

  constructor(stream: AsyncIterable<Uint8Array>, clock: UploadClock) {
    this.#source = stream[Symbol.asyncIterator]();
    this.#clock = clock;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Uint8Array>> {
    if (this.#givenUp) return Promise.reject(this.#givenUp);
    return new Promise((resolve, reject) => {
      this.#giveUp = reject;
      this.#clock.suspend();
      this.#source.next().then(
        (result) => {
          this.#clock.resume();
          return resolve(result);
        },
        (error: unknown) => reject(GatewayError.is(error) ? error : coreErrors.BODY_UNREADABLE({}, { cause: error })),
      );
    });
  }

  return(): Promise<IteratorResult<Uint8Array>> {
    return Promise.resolve({ done: true, value: undefined });
  }

  /** The call is over: nothing more is read. */
  cancel(): void {
    this.#givenUp = new Error('The call is over.');
    this.#giveUp?.(this.#givenUp);
  }
}
