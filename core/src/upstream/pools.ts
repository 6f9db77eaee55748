import { createHmac, randomBytes } from 'node:crypto';
import { coreErrors, type GatewayError } from '../errors.ts';
import type { Secret } from '../secret.ts';
import { Pool, type PoolRoute } from './pool.ts';

/** What a pool is for: only calls that agree in all of it share a socket. */
export interface PoolKey {
  readonly origin: string;
  readonly secret: Secret | undefined;
  readonly allowPrivate: readonly string[];
  /** As `UpstreamRequest` has it. */
  readonly metadata?: boolean;
}

/** How many pools there may be, and how long an unused one stays. */
export interface PoolLimits {
  readonly maxPools: number;
  readonly unusedMs: number;
}

/** Pools by origin and credential. The least recently used one that is idle makes room when there are too many. */
export class Pools {
  readonly #route: (key: PoolKey) => PoolRoute;
  readonly #limits: PoolLimits;
  /** In the order of their last use, the oldest first. */
  readonly #pools = new Map<string, { readonly pool: Pool; usedAt: number }>();
  readonly #salt = randomBytes(32);
  readonly #names = new WeakMap<Secret, string>();
  /** What was asked for last is nearly always what is asked for next. */
  #latest: { readonly key: PoolKey; readonly entry: { readonly pool: Pool; usedAt: number } } | undefined;
  #sweeper: NodeJS.Timeout | undefined;

  constructor(route: (key: PoolKey) => PoolRoute, limits: PoolLimits) {
    this.#route = route;
    this.#limits = limits;
  }

  get size(): number {
    return this.#pools.size;
  }

  for(key: PoolKey): Pool {
    const latest = this.#latest;
    const entry = latest !== undefined && isSame(latest.key, key) ? latest.entry : this.#find(key);
    entry.usedAt = performance.now();
    return entry.pool;
  }

  #find(key: PoolKey): { readonly pool: Pool; usedAt: number } {
    const name = `${key.origin} ${key.secret ? this.#nameOf(key.secret) : ''} ${key.allowPrivate.join(' ')}${key.metadata === true ? ' metadata' : ''}`;
    let entry = this.#pools.get(name);
    if (entry === undefined) {
      entry = { pool: new Pool(this.#route(key)), usedAt: 0 };
      this.#makeRoom();
    } else this.#pools.delete(name);
    this.#pools.set(name, entry);
    this.#latest = { key, entry };
    return entry;
  }

  /** Fails every open call with the error, and closes every socket. */
  async close(because: GatewayError): Promise<void> {
    clearInterval(this.#sweeper);
    const pools = [...this.#pools.values()];
    this.#pools.clear();
    this.#latest = undefined;
    await Promise.all(pools.map(({ pool }) => pool.close(because)));
  }

  /** Keyed with a salt of this process, so that nothing in memory or in a dump can be tried against guesses. */
  #nameOf(secret: Secret): string {
    let name = this.#names.get(secret);
    if (name === undefined) {
      name = createHmac('sha256', this.#salt).update(secret.reveal()).digest('base64url');
      this.#names.set(secret, name);
    }
    return name;
  }

  #makeRoom(): void {
    this.#sweeper ??= setInterval(() => this.#sweep(), Math.max(1, this.#limits.unusedMs / 4)).unref();
    if (this.#pools.size < this.#limits.maxPools) return;
    for (const [name, { pool }] of this.#pools) {
      if (pool.busy) continue;
      this.#remove(name, pool);
      return;
    }
  }

  #sweep(): void {
    const before = performance.now() - this.#limits.unusedMs;
    for (const [name, { pool, usedAt }] of this.#pools) if (usedAt < before && !pool.busy) this.#remove(name, pool);
  }

  #remove(name: string, pool: Pool): void {
    this.#pools.delete(name);
    if (this.#latest?.entry.pool === pool) this.#latest = undefined;
    void pool.close(coreErrors.DRAINING());
  }
}

function isSame(one: PoolKey, other: PoolKey): boolean {
  return (
    one.origin === other.origin &&
    one.secret === other.secret &&
    one.allowPrivate === other.allowPrivate &&
    one.metadata === other.metadata
  );
}
