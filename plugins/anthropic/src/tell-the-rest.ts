import { type ChatRequest, tellForeign, tellOutput, tellSampling, tellState } from '@tapgate/core';
import { dialectName } from './dialect-name.ts';
import { errors } from './errors.ts';
import type { Writing } from './writing.ts';

/**
 * Names what another dialect can ask for and this one cannot.
 *
 * @throws STATE_UNSUPPORTED for a conversation that only its own vendor knows: without it the answer would be to nothing.
 */
export function tellTheRest(request: ChatRequest, { losses }: Writing): void {
  tellState(request.state, losses, errors.STATE_UNSUPPORTED);
  tellOutput(request.output, losses, 'it tells no probabilities');
  tellSampling(request.sampling, losses, ['seed', 'minP', 'repetitionPenalty', 'presencePenalty', 'frequencyPenalty']);
  if (Object.keys(request.metadata ?? {}).length > 0) losses.hint('metadata', 'it stays in the gateway');
  if (request.caching?.key !== undefined) losses.hint('prompt_cache_key', 'its cache has no keys');
  if (request.caching?.retention !== undefined) losses.hint('prompt_cache_retention', 'its cache is kept by marks');
  tellForeign(request.ext, dialectName, losses);
}
