import { ErrorReply } from '@redis/client';
import type { Changed, Claim, Gateway, Standing, Store } from '@tapgate/core';
import type { Address } from './address.ts';
import { asBytes, type Client } from './client.ts';
import { Connection, type Patience } from './connection.ts';
import { literally } from './glob.ts';
import { type Asked, askReservation, askSettlement, readAnswer, wholeMs } from './limits.ts';
import { channelOf, headOf } from './news.ts';
import { RedisAway } from './redis-away.ts';
import { reserveScript } from './reserve-script.ts';
import type { Script } from './script.ts';
import { settleScript } from './settle-script.ts';
import { Unsettled } from './unsettled.ts';
import { deleteScript, setScript } from './value-scripts.ts';
import { Watches } from './watches.ts';

const scripts = [reserveScript, settleScript, setScript, deleteScript];
const perScan = '1000';
const probe = "return redis.call('SET', KEYS[1], '1', 'PX', 60000)";

/** The store of several processes: each call is one round trip, and one step of the server. */
export class RedisStore implements Store {
  readonly shared = true as const;
  readonly #prefix: string;
  readonly #log: Gateway['log'];
  readonly #connection: Connection;
  readonly #watches: Watches;
  readonly #unsettled = new Unsettled();
  #doubted = false;
  #telling: Promise<void> = Promise.resolve();

  constructor(address: Address, patience: Patience, prefix: string, log: Gateway['log']) {
    this.#prefix = prefix;
    this.#log = log;
    this.#watches = new Watches(address, patience, prefix, log);
    const purpose = {
      name: 'redis',
      // What reservations need: a server that takes writes, and has all keys of one reservation.
      probe: ['EVAL', probe, '2', `${prefix}probe`, `${prefix}r:probe`],
      greet: async (client: Client): Promise<void> => {
        await loadScripts(client);
        if (!this.#doubted) await this.#doubtEviction(client);
      },
      usable: (): void => {
        this.#telling = this.#tellUnsettled();
      },
    };
    this.#connection = new Connection(address, patience, purpose, log);
  }

  /** Whether the server can be asked now. */
  get usable(): boolean {
    return this.#connection.usable;
  }

  /** Begins to connect; resolves when the first attempt is over, whether the server was there or not. */
  async open(): Promise<void> {
    this.#watches.open();
    await this.#connection.open();
  }

  /** Lets what is being told be told, and closes both connections. */
  async close(): Promise<void> {
    await this.#telling;
    await Promise.all([this.#connection.close(), this.#watches.close()]);
    if (this.#unsettled.kept > 0) this.#sayLost(this.#unsettled.kept);
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    const value = await this.#connection.send(['GET', this.#keyOf(key)], asBytes);
    return value instanceof Buffer ? value : undefined;
  }

  async set(
    key: string,
    value: Uint8Array,
    how: { readonly ttlMs: number; readonly ifAbsent?: true },
  ): Promise<boolean> {
    const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    const args = [bytes, wholeMs(how.ttlMs), how.ifAbsent === true ? '1' : '0', ...this.#told(key)];
    return (await this.#run(setScript, [this.#keyOf(key)], args)) === 1;
  }

  async delete(prefix: string): Promise<number> {
    const pattern = `${literally(this.#keyOf(prefix))}*`;
    let count = 0;
    let cursor = '0';
    do {
      const scan = ['SCAN', cursor, 'MATCH', pattern, 'COUNT', perScan];
      const [next, keys] = (await this.#connection.send(scan)) as [string, string[]];
      if (keys.length > 0) {
        const told = keys.flatMap((key) => this.#told(key.slice(this.#keyOf('').length)));
        count += Number(await this.#run(deleteScript, keys, told));
      }
      cursor = next;
    } while (cursor !== '0');
    return count;
  }

  async reserve(
    id: string,
    claims: readonly Claim[],
    leaseMs: number,
  ): Promise<{ readonly granted: boolean; readonly claims: readonly Standing[] }> {
    const { keys, args } = askReservation(this.#prefix, id, claims, leaseMs);
    const before = this.#unsettled.begin(id);
    try {
      const answer = readAnswer((await this.#run(reserveScript, keys, args)) as (string | number)[], claims);
      this.#unsettled.learn(id, answer.granted ? 'granted' : 'refused');
      return answer;
    } catch (error) {
      // An earlier try under this id may have been made all the same.
      if (!(error instanceof RedisAway) || !error.asked) this.#unsettled.learn(id, before ?? 'not sent');
      throw error;
    }
  }

  async settle(id: string, spent: readonly bigint[]): Promise<void> {
    const standing = this.#unsettled.take(id);
    const unanswered = standing === 'unanswered';
    const asked = askSettlement(this.#prefix, id, spent, unanswered);
    if (standing === 'not sent') return;
    try {
      await this.#settle(asked);
    } catch (error) {
      if (standing === undefined || !(error instanceof RedisAway)) throw error;
      this.#unsettled.keep(id, spent, unanswered);
    }
  }

  watch(prefix: string, changed: Changed): () => void {
    return this.#watches.watch(prefix, changed);
  }

  /** A server that may throw keys away forgets what was spent. One that does not say how it stands is not doubted. */
  async #doubtEviction(client: Client): Promise<void> {
    this.#doubted = true;
    const said = await client.sendCommand(['INFO', 'memory']).catch(() => '');
    const [, policy = 'noeviction'] = /maxmemory_policy:(\S+)/.exec(String(said)) ?? [];
    if (policy === 'noeviction' || /\bmaxmemory:0\b/.test(String(said))) return;
    this.#log.warn(
      { policy },
      'redis may throw counts away when its memory is full: set maxmemory-policy to noeviction',
    );
  }

  async #settle({ keys, args }: Asked): Promise<void> {
    await this.#run(settleScript, keys, args);
  }

  async #tellUnsettled(): Promise<void> {
    await this.#unsettled.tell((id, spent, unanswered) =>
      this.#settle(askSettlement(this.#prefix, id, spent, unanswered)),
    );
    const { lost } = this.#unsettled;
    this.#unsettled.lost = 0;
    if (lost > 0) this.#sayLost(lost);
  }

  #sayLost(count: number): void {
    this.#log.warn({ count }, 'settlements could not be told to redis: they count as reserved until their leases end');
  }

  /** One round trip; a second one only where the server has forgotten its programs since it was greeted. */
  async #run(program: Script, keys: readonly string[], args: readonly (string | Buffer)[]): Promise<unknown> {
    const rest = [String(keys.length), ...keys, ...args];
    try {
      return await this.#connection.send(['EVALSHA', program.sha, ...rest]);
    } catch (error) {
      if (!(error instanceof ErrorReply) || !error.message.startsWith('NOSCRIPT')) throw error;
      return this.#connection.send(['EVAL', program.source, ...rest]);
    }
  }

  /** Where the news of a key are told, and what they begin with. */
  #told(key: string): readonly [string, string] {
    return [channelOf(this.#prefix, key), headOf(key)];
  }

  #keyOf(key: string): string {
    return `${this.#prefix}v:${key}`;
  }
}

async function loadScripts(client: Client): Promise<void> {
  await Promise.all(scripts.map(({ source }) => client.sendCommand(['SCRIPT', 'LOAD', source])));
}
