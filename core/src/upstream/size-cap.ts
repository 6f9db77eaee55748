import type { GatewayError } from '../errors.ts';
import type { ByteControl, ByteSink, ByteStream } from '../reply.ts';

/** A stream that fails once it has given more than `maxBytes`; what is beyond them is not given. */
export function capped(source: ByteStream, maxBytes: number, tooLarge: () => GatewayError): ByteStream {
  return { pipe: (sink) => new Cap(source, sink, maxBytes, tooLarge).control };
}

class Cap implements ByteSink {
  readonly control: ByteControl;
  readonly #sink: ByteSink;
  readonly #tooLarge: () => GatewayError;
  #left: number;

  constructor(source: ByteStream, sink: ByteSink, maxBytes: number, tooLarge: () => GatewayError) {
    this.#sink = sink;
    this.#left = maxBytes;
    this.#tooLarge = tooLarge;
    this.control = source.pipe(this);
  }

  data(chunk: Uint8Array): void {
    this.#left -= chunk.byteLength;
    if (this.#left >= 0) {
      this.#sink.data(chunk);
      return;
    }
    this.control.abort();
    this.#sink.fail(this.#tooLarge());
  }

  end(): void {
    this.#sink.end();
  }

  fail(error: GatewayError): void {
    this.#sink.fail(error);
  }
}
