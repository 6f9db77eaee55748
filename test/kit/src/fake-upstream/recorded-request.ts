import type { RequestHead } from './request-reader.ts';

/** A request as a fake upstream got it. It grows while the request goes on. */
export interface RecordedRequest {
  /** Its place among all requests, from 0. */
  readonly number: number;
  /** The connection it came on, from 0: two requests with one number shared a socket. */
  readonly connection: number;
  readonly method: string;
  /** With its query, as it stood in the request line. */
  readonly path: string;
  /** Names in lower case; values of a repeated name joined by `, `. */
  readonly headers: ReadonlyMap<string, string>;
  /** As they were written, in order. */
  readonly rawHeaders: readonly (readonly [name: string, value: string])[];
  /** Request line and headers, byte for byte. */
  readonly head: Uint8Array;
  /** The body's bytes so far, without a transfer coding. */
  readonly body: Uint8Array;
  readonly text: string;
  json(): unknown;
  /** The body's end has come. */
  readonly complete: boolean;
  /** The script has run to its end. */
  readonly answered: boolean;
  /** The other side closed the connection before that. */
  readonly aborted: boolean;
  /** Body bytes of the answer that the socket has taken, before any compression. */
  readonly sent: number;
  /** Milliseconds since 1970. */
  readonly receivedAt: number;
  readonly closedAt: number | undefined;
  /** Resolves when its socket has closed. */
  readonly closed: Promise<void>;
  /** Resolves when its body has come whole, or its socket has closed. */
  readonly received: Promise<void>;
}

/** The same, for the one who writes it. */
export class RequestRecord implements RecordedRequest {
  readonly number: number;
  readonly connection: number;
  readonly method: string;
  readonly path: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly rawHeaders: readonly (readonly [name: string, value: string])[];
  readonly head: Uint8Array;
  readonly receivedAt: number;
  readonly closed: Promise<void>;
  readonly received: Promise<void>;
  complete = false;
  answered = false;
  aborted = false;
  sent = 0;
  closedAt: number | undefined = undefined;
  readonly #chunks: Uint8Array[] = [];
  readonly #closed = Promise.withResolvers<void>();
  readonly #received = Promise.withResolvers<void>();

  constructor(head: RequestHead, number: number, connection: number) {
    this.number = number;
    this.connection = connection;
    this.method = head.method;
    this.path = head.path;
    this.rawHeaders = head.rawHeaders;
    this.head = head.bytes;
    this.receivedAt = now();
    this.closed = this.#closed.promise;
    this.received = this.#received.promise;
    const headers = new Map<string, string>();
    for (const [name, value] of head.rawHeaders) {
      const key = name.toLowerCase();
      const before = headers.get(key);
      headers.set(key, before === undefined ? value : `${before}, ${value}`);
    }
    this.headers = headers;
  }

  get body(): Uint8Array {
    return Buffer.concat(this.#chunks);
  }

  get text(): string {
    return Buffer.concat(this.#chunks).toString('utf8');
  }

  json(): unknown {
    return JSON.parse(this.text) as unknown;
  }

  add(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
  }

  end(): void {
    this.complete = true;
    this.#received.resolve();
  }

  close(): void {
    if (this.closedAt !== undefined) return;
    this.closedAt = now();
    this.aborted = !this.answered;
    this.#received.resolve();
    this.#closed.resolve();
  }
}

/** Milliseconds since 1970 by a clock that never goes back. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}
