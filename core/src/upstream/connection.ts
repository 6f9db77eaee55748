import type { EventEmitter } from 'node:events';
import { Client } from 'undici';
import type { GatewayError } from '../errors.ts';
import { maxHeaderBytes } from './call-failure.ts';
import type { Call } from './call.ts';
import type { Pool } from './pool.ts';

/** Below what load balancers allow (60 s); where a server says how long it waits, a little below that. */
const keepAliveTimeoutMs = 55_000;
const keepAliveMaxTimeoutMs = 300_000;
const keepAliveMarginMs = 1000;

const ignore = (): void => {};

/** One socket, and the call that it carries at the moment. */
export class Connection {
  readonly #client: Client;
  readonly #pool: Pool;
  #call: Call | undefined;
  #giveUp: () => void = ignore;
  #dropped = false;
  /** Its socket has carried a call before, so the other side may have closed it meanwhile. */
  reused = false;
  /** Its socket failed: an answer that ends with the connection has not ended but was cut. */
  broken = false;
  /** It is among the pool's idle ones. */
  idle = false;

  constructor(pool: Pool) {
    this.#pool = pool;
    this.#client = new Client(pool.url, {
      pipelining: 1,
      // The call's own limits are the only ones.
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: keepAliveTimeoutMs,
      keepAliveMaxTimeout: keepAliveMaxTimeoutMs,
      keepAliveTimeoutThreshold: keepAliveMarginMs,
      maxHeaderSize: maxHeaderBytes,
      allowH2: false,
      connect: (options, callback) => {
        this.#giveUp = pool.connect(options, (...result) => {
          // Before undici listens, because it takes the failure for the end of such an answer.
          result[1]?.once('error', () => {
            this.broken = true;
          });
          callback(...result);
        });
      },
    });
    this.#client
      .on('connect', () => this.#connected())
      .on('drain', () => this.#free())
      .on('disconnect', () => this.#free('closed'))
      .on('connectionError', () => this.drop());
    // An error that nobody listens to would end the process.
    (this.#client as EventEmitter).on('error', ignore);
  }

  carry(call: Call): void {
    this.#call = call;
    call.connection = this;
    this.#client.dispatch(call.options, call);
  }

  /** The call has ended, well or not. The socket is free when undici says so, or closed. */
  left(): void {
    this.#call = undefined;
    this.reused = true;
  }

  /** Closes the socket, or gives up its making. */
  drop(): void {
    if (this.#dropped) return;
    this.#dropped = true;
    this.#giveUp();
    this.#client.destroy(null, ignore);
    this.#pool.dropped(this);
  }

  /** Fails its call with the error, and resolves when the socket is closed. */
  async close(error: GatewayError): Promise<void> {
    this.#call?.fail(error);
    this.drop();
    await this.#client.destroy();
  }

  #connected(): void {
    this.#giveUp = ignore;
    this.reused = false;
    this.broken = false;
  }

  /** With a call that is still to be sent, undici makes itself a new socket. */
  #free(closed?: 'closed'): void {
    if (this.#dropped || this.#call) return;
    if (closed) this.drop();
    else this.#pool.freed(this);
  }
}
