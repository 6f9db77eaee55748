import { type ChatRequest, tellForeign, tellOutput, tellSampling, tellState } from '@tapgate/core';
import { dialectName } from '../dialect-name.ts';
import { errors } from '../errors.ts';
import type { Writing } from './writing.ts';

/**
 * Names what another dialect can ask for and this one cannot.
 *
 * @throws STATE_UNSUPPORTED for a conversation that only its own vendor knows: without it the answer would be to nothing.
 */
export function tellTheRest(request: ChatRequest, { losses }: Writing): void {
  tellState(request.state, losses, errors.STATE_UNSUPPORTED);
  tellOutput(request.output, losses, 'it tells probabilities in a form of its own');
  tellSampling(request.sampling, losses, []);
  if (Object.keys(request.metadata ?? {}).length > 0) losses.hint('metadata', 'it stays in the gateway');
  const user = request.user?.id ?? request.user?.safetyId;
  if (user !== undefined) losses.hint('user', 'it stays in the gateway');
  if (request.caching?.key !== undefined) losses.hint('prompt_cache_key', 'its cache has no keys');
  if (request.tier !== undefined && request.tier !== 'auto' && request.tier !== 'default')
    losses.hint('service_tier', 'the API has no such tier');
  if (request.caching?.auto !== undefined) losses.hint('cache_control', 'its cache needs no marks');
  if (request.caching?.retention !== undefined) losses.hint('prompt_cache_retention', 'its cache has no such setting');
  tellForeign(request.ext, dialectName, losses);
}
