import { hash } from 'node:crypto';
import type { Changed, Gateway } from '@tapgate/core';
import type { Address } from './address.ts';
import { asBytes, type Client } from './client.ts';
import { Connection, type Patience } from './connection.ts';
import { literally } from './glob.ts';
import { channelsOf, type News, readNews } from './news.ts';

/** A prefix that somebody watches. */
interface Watched {
  readonly prefix: string;
  readonly callbacks: Set<{ readonly changed: Changed }>;
  /** Digests of what was told last, by key: what is the same when it is read again is no change. */
  readonly told: Map<string, string>;
  /** News that came while something older is read, in order. */
  waiting: News[] | undefined;
  /** The connection on which it was heard last, and the way to stop. */
  on: { readonly client: Client; readonly stop: () => Promise<void> } | undefined;
}

const maxTold = 10_000;
const perScan = '1000';

/**
 * Tells of changes by other processes, on a connection of its own, so that news never holds up a request. What may have been missed
 * while that was lost is read again.
 */
export class Watches {
  readonly #prefix: string;
  readonly #log: Gateway['log'];
  readonly #connection: Connection;
  readonly #watched = new Map<string, Watched>();
  #opened = false;

  constructor(address: Address, patience: Patience, prefix: string, log: Gateway['log']) {
    this.#prefix = prefix;
    this.#log = log;
    const purpose = {
      name: 'redis-watch',
      probe: ['PING'],
      greet: (client: Client): Promise<void> => this.#greet(client),
      usable: (): void => this.#catchUp(),
    };
    this.#connection = new Connection(address, patience, purpose, log);
  }

  /** From now on it connects, as soon as somebody watches. */
  open(): void {
    this.#opened = true;
    if (this.#watched.size > 0) void this.#connection.open();
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  watch(prefix: string, changed: Changed): () => void {
    const callback = { changed };
    const known = this.#watched.get(prefix);
    if (known === undefined) this.#begin(prefix, callback);
    else known.callbacks.add(callback);
    return () => this.#stop(prefix, callback);
  }

  #begin(prefix: string, callback: { readonly changed: Changed }): void {
    const watched: Watched = {
      prefix,
      callbacks: new Set([callback]),
      told: new Map(),
      waiting: undefined,
      on: undefined,
    };
    this.#watched.set(prefix, watched);
    const { client } = this.#connection;
    // Where this fails the connection is lost, and the next one begins with it.
    if (client !== undefined) this.#listen(client, watched).catch(() => {});
    else if (this.#opened) void this.#connection.open();
  }

  #stop(prefix: string, callback: { readonly changed: Changed }): void {
    const watched = this.#watched.get(prefix);
    if (watched === undefined) return;
    watched.callbacks.delete(callback);
    if (watched.callbacks.size > 0) return;
    this.#watched.delete(prefix);
    if (watched.on !== undefined && watched.on.client === this.#connection.client) watched.on.stop().catch(() => {});
  }

  async #greet(client: Client): Promise<void> {
    for (const watched of this.#watched.values()) {
      const again = watched.on !== undefined;
      await this.#listen(client, watched);
      if (again) await this.#holding(client, watched, () => this.#readAgain(client, watched));
    }
  }

  /** Listens to what somebody began to watch meanwhile. */
  #catchUp(): void {
    const { client } = this.#connection;
    if (client === undefined) return;
    for (const watched of this.#watched.values())
      if (watched.on?.client !== client) this.#listen(client, watched).catch(() => {});
  }

  async #listen(client: Client, watched: Watched): Promise<void> {
    const { name, pattern } = channelsOf(this.#prefix, watched.prefix);
    const hear = (message: Buffer): void => {
      const news = readNews(message);
      if (news.key.startsWith(watched.prefix)) this.#take(client, watched, news);
    };
    const stop = (): Promise<void> =>
      pattern ? client.pUnsubscribe(name, hear, true) : client.unsubscribe(name, hear, true);
    watched.on = { client, stop };
    await (pattern ? client.pSubscribe(name, hear, true) : client.subscribe(name, hear, true));
  }

  #take(client: Client, watched: Watched, news: News): void {
    if (watched.waiting !== undefined) watched.waiting.push(news);
    else if (news.what === 'deleted') this.#tell(watched, news.key, undefined);
    else if (news.what === 'small') this.#tell(watched, news.key, news.value);
    else
      this.#holding(client, watched, async () => {
        const value = await client.sendCommand(['GET', this.#keyOf(news.key)], asBytes);
        if (value instanceof Buffer) this.#tell(watched, news.key, value);
      }).catch(() => {});
  }

  /** Does something during which news waits, so that nothing older is told after it. */
  async #holding(client: Client, watched: Watched, work: () => Promise<void>): Promise<void> {
    watched.waiting = [];
    try {
      await work();
    } finally {
      const waited = watched.waiting;
      watched.waiting = undefined;
      for (const news of waited) this.#take(client, watched, news);
    }
  }

  /** Tells what has changed since it was told last: what is there, and what is there no more. */
  async #readAgain(client: Client, watched: Watched): Promise<void> {
    const found = new Set<string>();
    const pattern = `${literally(this.#keyOf(watched.prefix))}*`;
    let cursor = '0';
    do {
      const [next, keys] = (await client.sendCommand(['SCAN', cursor, 'MATCH', pattern, 'COUNT', perScan])) as [
        string,
        string[],
      ];
      await Promise.all(keys.map((key) => this.#readOne(client, watched, key, found)));
      cursor = next;
    } while (cursor !== '0');
    for (const key of watched.told.keys()) {
      const newer = watched.waiting?.some((news) => news.key === key) ?? false;
      if (!found.has(key) && !newer) this.#tell(watched, key, undefined);
    }
  }

  async #readOne(client: Client, watched: Watched, storedKey: string, found: Set<string>): Promise<void> {
    const [value, leftMs] = await Promise.all([
      client.sendCommand(['GET', storedKey], asBytes),
      client.sendCommand(['PTTL', storedKey]),
    ]);
    if (!(value instanceof Buffer)) return;
    const key = storedKey.slice(this.#keyOf('').length);
    found.add(key);
    const newer = watched.waiting?.some((news) => news.key === key) ?? false;
    if (!newer && watched.told.get(key) !== hash('sha1', value)) this.#tell(watched, key, value, Number(leftMs));
  }

  #tell(watched: Watched, key: string, value: Buffer | undefined, leftMs?: number): void {
    watched.told.delete(key);
    if (value !== undefined) watched.told.set(key, hash('sha1', value));
    const [oldest] = watched.told.keys();
    if (watched.told.size > maxTold && oldest !== undefined) watched.told.delete(oldest);
    for (const { changed } of watched.callbacks) {
      try {
        if (leftMs === undefined) changed(key, value);
        else changed(key, value, leftMs);
      } catch (error) {
        this.#log.error({ prefix: watched.prefix, reason: String(error) }, 'who watches a store has thrown');
      }
    }
  }

  #keyOf(key: string): string {
    return `${this.#prefix}v:${key}`;
  }
}
