import type { ChatEvent } from './canonical/events.ts';
import type { Loss } from './dialect.ts';
import type { GatewayError } from './errors.ts';
import type { Target } from './provider.ts';

/** Header names in lower case to their values. */
export type HeaderMap = ReadonlyMap<string, string>;

/** Takes bytes as they come. Exactly one of `end` and `fail` is called, once, last. */
export interface ByteSink {
  data(chunk: Uint8Array): void;
  end(): void;
  fail(error: GatewayError): void;
}

/** What a stream's reader can do to it. `abort` ends it without `end` or `fail`. */
export interface ByteControl {
  pause(): void;
  resume(): void;
  abort(): void;
}

/** Bytes on their way. It may be piped once; nothing flows before, and the sink may be called before `pipe` returns. */
export interface ByteStream {
  pipe(sink: ByteSink): ByteControl;
}

/** An answer in a dialect's own bytes. */
export interface NativeReply {
  readonly status?: number;
  readonly headers?: HeaderMap;
  readonly dialect: string;
  /** Whether the bytes are a stream of events, not one document. */
  readonly streamed: boolean;
  readonly bytes: ByteStream;
  /** Who gave this answer, where another tells it again: what is sealed in it goes back there. */
  readonly from?: Target;
  readonly events?: undefined;
}

/** An answer in canonical events, which the client's dialect writes. */
export interface EventReply {
  readonly status?: number;
  readonly headers?: HeaderMap;
  readonly events: Iterable<ChatEvent> | AsyncIterable<ChatEvent>;
  readonly from?: Target;
  /** What the target did not get, where that showed only as it was asked. */
  readonly losses?: readonly Loss[];
  readonly bytes?: undefined;
}

/** The one type of an answer: from a provider, a cache, a recovery and a child exchange. */
export type Reply = NativeReply | EventReply;

/** A stream of chunks that are there already. */
export function streamOf(...chunks: readonly Uint8Array[]): ByteStream {
  return {
    pipe(sink) {
      let at = 0;
      let paused = false;
      let running = false;
      const run = (): void => {
        if (running) return;
        running = true;
        while (!paused && at < chunks.length) {
          const chunk = chunks[at];
          at += 1;
          if (chunk) sink.data(chunk);
        }
        running = false;
        if (at === chunks.length && !paused) {
          at += 1;
          sink.end();
        }
      };
      queueMicrotask(run);
      return {
        pause: () => {
          paused = true;
        },
        resume: () => {
          paused = false;
          run();
        },
        abort: () => {
          at = chunks.length + 1;
        },
      };
    },
  };
}

/** All bytes of a stream. Rejects with its failure, or when it is longer than `maxBytes`. */
export function collectBytes(stream: ByteStream, maxBytes: number = Number.POSITIVE_INFINITY): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = [];
    let length = 0;
    let tooLong = false;
    let control: ByteControl | undefined;
    control = stream.pipe({
      data: (chunk) => {
        length += chunk.byteLength;
        if (length <= maxBytes) {
          chunks.push(chunk);
          return;
        }
        tooLong = true;
        control?.abort();
        reject(new RangeError(`more than ${maxBytes} bytes`));
      },
      end: () => {
        const [only] = chunks;
        resolve(chunks.length === 1 && only ? only : Buffer.concat(chunks, length));
      },
      fail: reject,
    });
    if (tooLong) control.abort();
  });
}
