import { coreErrors, type GatewayError } from './errors.ts';
import type { Flow } from './flow.ts';
import { maxHeldBytes } from './gate.ts';
import type { LiveExchange } from './live-exchange.ts';
import type { ByteControl, ByteSink, ByteStream, HeaderMap } from './reply.ts';

/** The head of an answer for a client. */
export interface Head {
  readonly status: number;
  readonly headers: HeaderMap;
  readonly dialect: string;
  readonly streamed: boolean;
  readonly bytes: ByteStream;
}

/**
 * The client's side of an exchange: its status is committed once, its content once. What a slow reader has not taken is bounded
 * by pausing the flow behind it.
 */
export class Delivery {
  readonly exchange: LiveExchange;
  status = 0;
  bytesOut = 0;
  /** The client has been sent a status; after that there is only the stream. */
  committed = false;
  over = false;
  readonly #whenOver: () => void;
  #head: Head | undefined;
  #whenCommitted: ((head: Head) => void) | undefined;
  #sink: ByteSink | undefined;
  #flow: Flow | undefined;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #paused = false;
  #ending: (() => void) | undefined;
  #heartbeat: NodeJS.Timeout | undefined;

  constructor(exchange: LiveExchange, whenOver: () => void) {
    this.exchange = exchange;
    this.#whenOver = whenOver;
    exchange.whenGone((error) => {
      if (error.kind === 'client-left') this.#left();
    });
  }

  /** Calls back when the status is committed, at once where it is. One may listen. */
  whenCommitted(listener: (head: Head) => void): void {
    if (this.#head === undefined) this.#whenCommitted = listener;
    else listener(this.#head);
  }

  /** Keeps a silent stream open. The first beat commits status 200, before anybody knows how it will end. */
  beat(everyMs: number): void {
    const beat = this.exchange.spoken.heartbeat;
    if (this.#heartbeat !== undefined || this.over || everyMs <= 0 || beat === undefined || !this.exchange.streamed)
      return;
    const bytes = Buffer.from(beat);
    this.#heartbeat = setInterval(() => {
      this.commit(200, 'text/event-stream', true);
      if (!this.#paused) this.#write(bytes);
    }, everyMs);
  }

  /** Sends status and headers, once. `length` is for a document that is complete. */
  commit(status: number, contentType: string, streamed: boolean, length?: number): void {
    if (this.committed) return;
    this.committed = true;
    this.status = status;
    const { replyHeaders: headers, dialect } = this.exchange;
    headers.set('content-type', contentType);
    if (length !== undefined) headers.set('content-length', String(length));
    this.#head = { status, headers, dialect, streamed, bytes: { pipe: (sink) => this.#pipe(sink) } };
    this.#whenCommitted?.(this.#head);
  }

  /** From here the flow's bytes are the client's. A later flow takes an earlier one's place, after a resume. */
  follow(flow: Flow): void {
    this.#flow = flow;
    if (this.#paused) flow.pause();
    flow.release(this);
  }

  data(bytes: Uint8Array): void {
    this.#heartbeat?.refresh();
    this.#write(bytes);
  }

  /** All was said. */
  end(): void {
    this.#close(() => this.#sink?.end());
  }

  /** The answer broke off: `last` says so in the stream; where nothing can, the connection is cut. */
  breakOff(error: GatewayError, last: Uint8Array | undefined): void {
    if (last === undefined) {
      this.#close(() => this.#sink?.fail(error));
      return;
    }
    this.#write(last);
    this.end();
  }

  #write(bytes: Uint8Array): void {
    if (this.over) return;
    this.bytesOut += bytes.byteLength;
    this.exchange.keeper?.delivered?.update(bytes);
    if (this.#sink !== undefined) {
      this.#sink.data(bytes);
      return;
    }
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.byteLength;
    if (this.#waitingBytes >= maxHeldBytes) this.#pause();
  }

  #pipe(sink: ByteSink): ByteControl {
    this.#sink = sink;
    for (const bytes of this.#waiting) sink.data(bytes);
    this.#waiting = [];
    if (this.#waitingBytes >= maxHeldBytes) this.#resume();
    this.#waitingBytes = 0;
    this.#ending?.();
    return {
      pause: () => this.#pause(),
      resume: () => this.#resume(),
      abort: () => this.exchange.leave(),
    };
  }

  #pause(): void {
    this.#paused = true;
    this.#flow?.pause();
  }

  #resume(): void {
    this.#paused = false;
    this.#flow?.resume();
  }

  #close(tell: () => void): void {
    if (this.over) return;
    this.over = true;
    clearInterval(this.#heartbeat);
    if (this.#sink === undefined) this.#ending = tell;
    else tell();
    this.#whenOver();
  }

  /** Nobody reads any more: what comes is for followers alone, and they do not wait for a slow client. */
  #left(): void {
    if (this.over) return;
    this.over = true;
    clearInterval(this.#heartbeat);
    this.#waiting = [];
    this.#ending = (): void => this.#sink?.end();
    if (!this.committed) this.commit(coreErrors.CLIENT_LEFT().status, 'application/json', false, 0);
    this.#resume();
    this.#whenOver();
  }
}
