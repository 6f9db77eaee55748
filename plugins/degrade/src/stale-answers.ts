import type { Exchange, Gateway, Reply } from '@tapgate/core';

/** What a plugin that keeps answers may offer under the service `cache`, beside whatever else it offers. */
export interface StaleAnswers {
  /** The last good answer to the same request, however old; nothing where there is none. */
  stale(exchange: Exchange): Reply | undefined | Promise<Reply | undefined>;
}

/** The cache, if some plugin provides one that gives old answers. */
export function staleAnswersOf(gateway: Gateway): StaleAnswers | undefined {
  const cache: unknown = (gateway.service as (name: string) => unknown).call(gateway, 'cache');
  return typeof (cache as Partial<StaleAnswers> | undefined)?.stale === 'function'
    ? (cache as StaleAnswers)
    : undefined;
}
