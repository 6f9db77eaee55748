import type { RecordedRequest } from '../../fake-upstream/recorded-request.ts';
import type { StreamOptions } from '../../validate/stream-options.ts';

/** What a request asks for. */
export interface Wish {
  readonly model: string;
  readonly streamed: boolean;
}

/** A dialect as both ends of the gateway speak it: how a client asks in it, and how a provider answers. */
export interface Wire {
  readonly dialect: string;
  /** What a client sends to the gateway. */
  question(wish: Wish): { readonly path: string; readonly body: object };
  /** What the path ends with that the provider is asked at, without the query. */
  endOfPath(wish: Wish): string;
  /** What the provider was asked for. */
  wishIn(request: RecordedRequest): Wish;
  /** A good answer, which says `text`. */
  readonly whole: Uint8Array;
  readonly streamed: Uint8Array;
  readonly text: string;
  /** The body of an error. */
  error(status: number, message: string): object;
  /** What is wrong with an error that a client got; with a stream that it got. */
  faultsOfError(status: number, body: string): readonly string[];
  faultsOfStream(bytes: Uint8Array, options: StreamOptions): readonly string[];
}
