import {
  type ChatRequest,
  isArray,
  isObject,
  type JsonObject,
  type Losses,
  type Output,
  type Sampling,
  type State,
} from '@tapgate/core';
import { errors } from './errors.ts';
import type { Writing } from './writing.ts';

/** Top-level fields of other dialects without which the answer is another. Of one that nobody knows a client is told. */
const contracts = new Set([
  'audio',
  'cachedContent',
  'citation_options',
  'documents',
  'grammar',
  'guardrailConfig',
  'guided_choice',
  'guided_grammar',
  'guided_json',
  'guided_regex',
  'max_tool_calls',
  'mcp_servers',
  'moderation',
  'plugins',
  'prompt',
  'safetySettings',
  'safety_mode',
  'structured_outputs',
  'web_search_options',
]);

/**
 * Names what another dialect can ask for and this one cannot.
 *
 * @throws STATE_UNSUPPORTED for a conversation that only its own vendor knows: without it the answer would be to nothing.
 */
export function tellTheRest(request: ChatRequest, { losses }: Writing): void {
  tellState(request.state, losses);
  tellOutput(request.output, losses);
  tellSampling(request.sampling, losses);
  if (Object.keys(request.metadata ?? {}).length > 0) losses.hint('metadata', 'it stays in the gateway');
  if (request.caching?.key !== undefined) losses.hint('prompt_cache_key', 'its cache has no keys');
  if (request.caching?.retention !== undefined) losses.hint('prompt_cache_retention', 'its cache is kept by marks');
  for (const [dialect, members] of Object.entries(request.ext)) {
    if (!dialect.includes(':')) tellMembers(members, losses);
  }
}

function tellState(state: State | undefined, losses: Losses): void {
  if (state === undefined) return;
  const names = { previous_response_id: state.previousId, conversation: state.conversation };
  for (const [field, value] of Object.entries(names)) {
    if (value !== undefined) throw errors.STATE_UNSUPPORTED({ field }, { param: field });
  }
  if (state.background === true) losses.contract('background', 'answers are not kept for later');
  if (state.store === true) losses.hint('store', 'answers are not kept');
  if ((state.truncation ?? 'disabled') !== 'disabled')
    losses.contract('truncation', 'the conversation is not cut to fit');
}

function tellOutput(output: Output, losses: Losses): void {
  if ((output.n ?? 1) > 1) losses.contract('n', 'it gives one answer');
  if (output.logprobs === true || output.topLogprobs !== undefined)
    losses.contract('logprobs', 'it tells no probabilities');
  if (output.modalities?.some((modality) => modality !== 'text')) losses.contract('modalities', 'it answers in text');
  if (output.verbosity !== undefined) losses.hint('verbosity', 'it has no such setting');
}

function tellSampling(sampling: Sampling, losses: Losses): void {
  if (Object.keys(sampling.logitBias ?? {}).length > 0) losses.contract('logit_bias', 'its tokens are others');
  const settings: readonly (readonly [name: string, value: number | undefined, neutral?: number])[] = [
    ['seed', sampling.seed],
    ['min_p', sampling.minP, 0],
    ['repetition_penalty', sampling.repetitionPenalty, 1],
    ['presence_penalty', sampling.presencePenalty, 0],
    ['frequency_penalty', sampling.frequencyPenalty, 0],
  ];
  for (const [name, value, neutral] of settings) {
    if (value !== undefined && value !== neutral) losses.hint(name, 'it has no such setting');
  }
}

function tellMembers(members: JsonObject, losses: Losses): void {
  for (const [name, value] of Object.entries(members)) {
    if (name === '$hints' && isObject(value)) tellHints(value, losses);
    if (name.startsWith('$') || saysNothing(value)) continue;
    if (contracts.has(name)) losses.contract(name, 'it is known to another vendor only');
    else losses.hint(name, 'it is known to another vendor only');
  }
}

function tellHints(members: JsonObject, losses: Losses): void {
  for (const [name, value] of Object.entries(members)) {
    if (!saysNothing(value)) losses.hint(name, 'it is known to another vendor only');
  }
}

function saysNothing(value: JsonObject[string]): boolean {
  if (value === undefined || value === null || value === '') return true;
  return isArray(value) ? value.length === 0 : isObject(value) && Object.values(value).every(saysNothing);
}
