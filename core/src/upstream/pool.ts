import type { GatewayError } from '../errors.ts';
import type { Call } from './call.ts';
import type { Connect } from './connect.ts';
import { Connection } from './connection.ts';

/** How the connections of one pool are made. */
export interface PoolRoute {
  /** What the sockets are opened to: the origin, or a proxy that is asked for its URLs. */
  readonly url: URL;
  readonly connect: Connect;
  /** Before every path where a proxy is asked for the whole URL; else empty. */
  readonly prefix: string;
  /** Names and values in turn that the route needs on every request. */
  readonly headers: readonly string[];
  readonly maxConnections: number;
}

/**
 * The connections to one origin for one credential. Each carries one call at a time, and the last one used is the next one taken,
 * so that the others grow old and close. (undici's own pool can neither take back a call that waits nor say whether a socket is new.)
 */
export class Pool {
  readonly url: URL;
  readonly connect: Connect;
  readonly prefix: string;
  readonly headers: readonly string[];
  readonly #maxConnections: number;
  readonly #all = new Set<Connection>();
  readonly #idle: Connection[] = [];
  readonly #waiting = new Set<Call>();
  #closed: GatewayError | undefined;

  constructor(route: PoolRoute) {
    this.url = route.url;
    this.connect = route.connect;
    this.prefix = route.prefix;
    this.headers = route.headers;
    this.#maxConnections = route.maxConnections;
  }

  /** Whether it carries a call, or one waits. */
  get busy(): boolean {
    return this.#all.size > this.#idle.length || this.#waiting.size > 0;
  }

  /** Sends a call on an idle connection, or on a new one, or when one becomes free. `anew` takes no idle one, which may be stale too. */
  send(call: Call, anew?: 'anew'): void {
    if (this.#closed) {
      call.fail(this.#closed);
      return;
    }
    const connection = (anew ? undefined : this.#idle.pop()) ?? this.#open() ?? this.#idle.pop();
    if (!connection) {
      this.#waiting.add(call);
      return;
    }
    connection.idle = false;
    connection.carry(call);
  }

  /** Takes a call back that waits for a connection. */
  forget(call: Call): void {
    this.#waiting.delete(call);
  }

  /** A connection has come to the end of its call. */
  freed(connection: Connection): void {
    const call = this.#next();
    if (call) connection.carry(call);
    else if (!connection.idle) {
      connection.idle = true;
      this.#idle.push(connection);
    }
  }

  /** A connection is no more. */
  dropped(connection: Connection): void {
    this.#all.delete(connection);
    if (connection.idle) this.#idle.splice(this.#idle.indexOf(connection), 1);
    connection.idle = false;
    const call = this.#closed ? undefined : this.#next();
    if (call) this.send(call);
  }

  /** Fails every call with the error, and resolves when the sockets are closed. */
  async close(because: GatewayError): Promise<void> {
    this.#closed = because;
    for (const call of this.#waiting) call.fail(because);
    await Promise.all([...this.#all].map((connection) => connection.close(because)));
  }

  #next(): Call | undefined {
    for (const call of this.#waiting) {
      this.#waiting.delete(call);
      return call;
    }
    return undefined;
  }

  #open(): Connection | undefined {
    if (this.#all.size >= this.#maxConnections) return undefined;
    const connection = new Connection(this);
    this.#all.add(connection);
    return connection;
  }
}
