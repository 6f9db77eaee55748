import { setTimeout as pause } from 'node:timers/promises';
import { ErrorReply } from '@redis/client';
import type { Gateway } from '@tapgate/core';
import type { Address } from './address.ts';
import { type Client, createConnecting } from './client.ts';
import { inTime } from './in-time.ts';
import { RedisAway } from './redis-away.ts';

/** How long a connection waits for what. */
export interface Patience {
  readonly timeoutMs: number;
  readonly connectTimeoutMs: number;
  /** Commands in a row that are late before none is sent any more. */
  readonly failures: number;
}

/** What a connection is for. */
export interface Purpose {
  readonly name: string;
  /** A command that shows whether the server can do what is asked of it. */
  readonly probe: readonly string[];
  /** What is done first on each new connection; a rejection gives it up. */
  readonly greet?: (client: Client) => Promise<void>;
  /** Told each time that commands can be sent again. */
  readonly usable?: () => void;
}

/** Words of a server that can do nothing now, whatever it is asked. */
const helpless =
  /^(LOADING|READONLY|OOM|MISCONF|MASTERDOWN|CLUSTERDOWN|NOREPLICAS|NOAUTH|WRONGPASS|NOPERM|BUSY|MOVED|ASK|TRYAGAIN)\b/;

const keepAliveMs = 5000;
const longestPauseMs = 1000;

/**
 * One connection that is kept: opened again whenever it is lost, and not used while the server does not answer in time. Nothing waits
 * in it: what cannot be sent at once, or is not answered in time, is rejected, and whoever asked decides.
 */
export class Connection {
  readonly #address: Address;
  readonly #patience: Patience;
  readonly #purpose: Purpose;
  readonly #log: Gateway['log'];
  readonly #closing = new AbortController();
  readonly #tried = Promise.withResolvers<void>();
  /** Only while commands can be sent on it. */
  #client: Client | undefined;
  #away = 'it has not been reached yet';
  #awaySince = 0;
  #late = 0;
  /** The connection that is being opened, proven or used, and the way to give it up. */
  #current: Client | undefined;
  #drop: (reason: Error) => void = () => {};
  #running: Promise<void> | undefined;

  constructor(address: Address, patience: Patience, purpose: Purpose, log: Gateway['log']) {
    this.#address = address;
    this.#patience = patience;
    this.#purpose = purpose;
    this.#log = log;
  }

  /** Whether commands can be sent. */
  get usable(): boolean {
    return this.#client !== undefined;
  }

  /** The connection itself, while commands can be sent. */
  get client(): Client | undefined {
    return this.#client;
  }

  /** Begins to connect. Resolves as soon as it is known whether commands can be sent. */
  open(): Promise<void> {
    this.#running ??= this.#keep();
    return this.#tried.promise;
  }

  /** Sends a command. Rejects with `RedisAway` where it cannot be sent or is not answered in time, and with the server's own error. */
  async send(args: readonly (string | Buffer)[], how?: { readonly typeMapping?: object }): Promise<unknown> {
    const client = this.#client;
    if (client === undefined) throw new RedisAway(this.#away, false);
    try {
      const { timeoutMs } = this.#patience;
      const answered = await inTime(client.sendCommand(args, how), timeoutMs, () => new Late(timeoutMs));
      this.#late = 0;
      return answered;
    } catch (error) {
      throw this.#blame(client, error as Error);
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#drop(new Error('it is closed here'));
    await this.#running;
    this.#away = 'it is closed here';
  }

  #blame(client: Client, error: Error): Error {
    if (error instanceof ErrorReply) {
      this.#late = 0;
      if (!helpless.test(error.message)) return error;
      if (this.#client === client) this.#drop(error);
      return new RedisAway(error.message, false, error);
    }
    if (error instanceof Late) {
      this.#late += 1;
      if (this.#late >= this.#patience.failures && this.#client === client) this.#rest(client, error);
    }
    return new RedisAway(error.message, true, error);
  }

  /** Sends nothing on it until the server is proven to answer in time again. No request is the probe. */
  #rest(client: Client, why: Error): void {
    const drop = this.#drop;
    this.#client = undefined;
    this.#lost(why);
    this.#prove(client).then(
      () => this.#use(client),
      (error: unknown) => drop(error as Error),
    );
  }

  async #keep(): Promise<void> {
    const { signal } = this.#closing;
    for (let failed = 0; !signal.aborted; failed += 1) {
      const reason = await this.#live(() => {
        failed = 0;
      });
      if (signal.aborted) return;
      this.#lost(reason);
      const longest = Math.min(longestPauseMs, 100 * 2 ** failed);
      await pause(longest * (0.5 + Math.random() / 2), undefined, { signal, ref: false }).catch(() => {});
    }
  }

  /** One connection, from its opening to its end. Gives why it ended. */
  async #live(opened: () => void): Promise<Error> {
    const { promise: end, resolve } = Promise.withResolvers<Error>();
    const ended = end.then((reason) => Promise.reject(reason));
    ended.catch(() => {});
    this.#drop = resolve;
    const client = createConnecting(this.#address, this.#patience.connectTimeoutMs, `tapgate-${this.#purpose.name}`);
    this.#current = client;
    client.on('error', resolve);
    client.on('end', () => resolve(new Error('it closed the connection')));
    // The library does not know of a socket that is still connecting, and would go on with it after it was destroyed.
    client.on('connect', () => {
      if (this.#current !== client) client.destroy();
    });
    let alive: NodeJS.Timeout | undefined;
    try {
      await Promise.race([this.#bounded(client.connect()), ended]);
      alive = setInterval(() => void this.#bounded(client.sendCommand(['PING'])).catch(resolve), keepAliveMs).unref();
      await Promise.race([this.#prove(client), ended]);
      await Promise.race([this.#purpose.greet?.(client), ended]);
      opened();
      this.#use(client);
      return await end;
    } catch (error) {
      return error as Error;
    } finally {
      clearInterval(alive);
      this.#client = undefined;
      this.#current = undefined;
      client.destroy();
    }
  }

  /** Resolves once the server has answered in time. Rejects where it is silent for too long, or says that it can do nothing. */
  async #prove(client: Client): Promise<void> {
    const { timeoutMs } = this.#patience;
    for (let pauseMs = 50; ; pauseMs = Math.min(longestPauseMs, pauseMs * 2)) {
      const answer = client.sendCommand(this.#purpose.probe);
      const slow = await inTime(answer, timeoutMs, () => new Late(timeoutMs)).then(
        () => undefined,
        (error: Error) => error,
      );
      if (slow === undefined) return;
      if (!(slow instanceof Late)) throw slow;
      await this.#bounded(answer);
      this.#lost(slow);
      await pause(pauseMs, undefined, { signal: this.#closing.signal, ref: false });
    }
  }

  #bounded<T>(promise: Promise<T>): Promise<T> {
    const { connectTimeoutMs } = this.#patience;
    return inTime(promise, connectTimeoutMs, () => new Late(connectTimeoutMs));
  }

  #use(client: Client): void {
    if (this.#current !== client) return;
    this.#client = client;
    this.#late = 0;
    this.#tried.resolve();
    const awayMs = this.#awaySince === 0 ? undefined : Date.now() - this.#awaySince;
    this.#awaySince = 0;
    this.#away = '';
    this.#log.info({ at: this.#address.name, awayMs }, `${this.#purpose.name} is connected`);
    this.#purpose.usable?.();
  }

  /** Says why it is away: once, and again where the reason is another. */
  #lost({ message }: Error): void {
    this.#tried.resolve();
    if (this.#awaySince === 0) this.#awaySince = Date.now();
    if (message === this.#away) return;
    this.#away = message;
    this.#log.warn({ at: this.#address.name, reason: message }, `${this.#purpose.name} is away`);
  }
}

class Late extends Error {
  constructor(ms: number) {
    super(`it did not answer within ${ms} ms`);
  }
}
