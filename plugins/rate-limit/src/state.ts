import type { Exchange } from '@tapgate/core';
import type { Expectation } from './expectation.ts';
import type { Hold } from './hold.ts';

/** What one instance has reserved for an exchange. */
export interface Held {
  readonly by: string;
  readonly expected: Expectation;
  readonly hold: Hold;
  readonly shadows: readonly Hold[];
}

/** What the instances of this plugin keep on an exchange. */
export interface RateLimitState {
  readonly held: Held[];
  /** Of each thing that is told the share that is left, so that the least of all instances is told. */
  shares: Map<object, number> | undefined;
  /** Attempts that wait for room, and have not been made. */
  unmade: Set<number> | undefined;
  /** Some instance has refused: what the others have reserved was for nothing. */
  refused: boolean;
}

declare module '@tapgate/core' {
  interface ExchangeState {
    /** What `rate-limit` has reserved; it may be absent. */
    rateLimit?: RateLimitState;
  }
}

/** The state of an exchange, made when it is first asked for. */
export function stateOf(exchange: Exchange): RateLimitState {
  exchange.state.rateLimit ??= { held: [], shares: undefined, unmade: undefined, refused: false };
  return exchange.state.rateLimit;
}
