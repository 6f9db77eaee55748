import type { Logger } from 'pino';
import type { RunningAttempt } from './attempt.ts';
import type { Usage } from './canonical/usage.ts';
import type { Config } from './config/config.ts';
import type { Capabilities, Dialect } from './dialect.ts';
import type { LiveExchange } from './live-exchange.ts';
import type { Models } from './models.ts';
import type { Hooks, Priced } from './plugin.ts';
import type { Provider, Target } from './provider.ts';
import type { SealRealms } from './seal-realms.ts';

/** What the pipeline needs of the gateway it runs in. */
export interface House {
  readonly config: Config;
  readonly log: Logger;
  readonly hooks: Hooks;
  readonly models: Models;
  /** With all wraps around them. */
  readonly providers: ReadonlyMap<string, Provider>;
  readonly dialects: ReadonlyMap<string, Dialect>;
  readonly realms: SealRealms;
  /** Units of 1e-9 US dollars; null where a price is not known, or nobody counted what has one. */
  cost(target: Target, usage: Usage | undefined, of: Priced): bigint | null;
  /** What a target can do: its provider's word over the catalogue's. */
  capabilities(target: Target): Capabilities;
  /** Puts the headers on that tell a client who served it. */
  announce(exchange: LiveExchange, run: RunningAttempt | undefined): void;
  opened(exchange: LiveExchange): void;
  closed(exchange: LiveExchange): void;
  /** Aborts when the gateway is closing and its drain limit has passed. */
  readonly ending: AbortSignal;
}
