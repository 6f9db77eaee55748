import type { ChatRequest, Output, Sampling, State } from './canonical/request.ts';
import { coreErrors, type ErrorFactory, type GatewayError } from './errors.ts';
import { isArray, isObject, type Json, type JsonObject } from './json/json.ts';
import type { Losses } from './losses.ts';

/** Top-level fields of requests without which the answer is another, whichever dialect has them. */
const meaningfulFields: ReadonlySet<string> = new Set([
  'audio',
  'cachedContent',
  'citation_options',
  'container',
  'documents',
  'function_call',
  'functions',
  'grammar',
  'guardrailConfig',
  'guardrail_config',
  'guided_choice',
  'guided_grammar',
  'guided_json',
  'guided_regex',
  'input',
  'max_tool_calls',
  'mcp_servers',
  'messages',
  'moderation',
  'plugins',
  'prompt',
  'response_format',
  'safetySettings',
  'safety_mode',
  'structured_outputs',
  'tool_choice',
  'tools',
  'web_search_options',
]);

/** A sampling setting that an API may lack. */
export type LackedSetting = 'seed' | 'minP' | 'repetitionPenalty' | 'presencePenalty' | 'frequencyPenalty';

/** How each is written, and the value at which it changes nothing. */
const settings: Readonly<Record<LackedSetting, readonly [field: string, neutral?: number]>> = {
  seed: ['seed'],
  minP: ['min_p', 0],
  repetitionPenalty: ['repetition_penalty', 1],
  presencePenalty: ['presence_penalty', 0],
  frequencyPenalty: ['frequency_penalty', 0],
};

/**
 * Tells what is lost of a conversation's state to an API that keeps none.
 *
 * @throws what `unsupported` makes, for a conversation that only its own vendor knows: without it the answer would be to
 * nothing.
 */
export function tellState(state: State | undefined, losses: Losses, unsupported: ErrorFactory): void {
  if (state === undefined) return;
  const names = { previous_response_id: state.previousId, conversation: state.conversation };
  for (const [field, value] of Object.entries(names)) {
    if (value !== undefined) throw unsupported({ field }, { param: field });
  }
  if (state.background === true) losses.contract('background', 'answers are not kept for later');
  if (state.store === true) losses.hint('store', 'answers are not kept');
  if ((state.truncation ?? 'disabled') !== 'disabled')
    losses.contract('truncation', 'the conversation is not cut to fit');
}

/** Tells what is lost of the wanted output to an API that gives one answer in text, and why it gives no `logprobs`. */
export function tellOutput(output: Output, losses: Losses, logprobs: string): void {
  if ((output.n ?? 1) > 1) losses.contract('n', 'it gives one answer');
  if (output.logprobs === true || output.topLogprobs !== undefined) losses.contract('logprobs', logprobs);
  if (output.modalities?.some((modality) => modality !== 'text')) losses.contract('modalities', 'it answers in text');
  if (output.verbosity !== undefined) losses.hint('verbosity', 'it has no such setting');
}

/** Tells which tokens' biases are lost to an API with tokens of its own, and which of the settings that it lacks. */
export function tellSampling(sampling: Sampling, losses: Losses, lacking: readonly LackedSetting[]): void {
  if (Object.keys(sampling.logitBias ?? {}).length > 0) losses.contract('logit_bias', 'its tokens are others');
  for (const name of lacking) {
    const [field, neutral] = settings[name];
    if (sampling[name] !== undefined && sampling[name] !== neutral) losses.hint(field, 'it has no such setting');
  }
}

/**
 * Why a request cannot be put to a target of which nothing is left to say: what of it the target cannot take, or `empty` where
 * the client said nothing. The first is no fault of the client's: another target may do.
 */
export function nothingSaid({ list }: Pick<Losses, 'list'>, empty: GatewayError): GatewayError {
  const lost = list.find(({ contract, how }) => contract && how === 'dropped');
  if (lost === undefined) return empty;
  const { field, reason } = lost;
  return coreErrors.FIELD_UNSUPPORTED({ target: 'The model', field, reason }, { kind: 'unsupported', param: field });
}

/** Tells which fields came along for other dialects than the one that is written, and go to no other. */
export function tellForeign(ext: ChatRequest['ext'], dialect: string, losses: Pick<Losses, 'hint' | 'contract'>): void {
  const reason = 'it is known to another vendor only';
  for (const [of, members] of Object.entries(ext)) {
    if (of === dialect || of.includes(':')) continue;
    for (const name of said(members)) {
      const value = members[name];
      if (name === '$hints' && isObject(value)) for (const hint of said(value)) losses.hint(hint, reason);
      else if (meaningfulFields.has(name)) losses.contract(name, reason);
      else if (!name.startsWith('$')) losses.hint(name, reason);
    }
  }
}

/** The names of the members that say something. */
function said(members: JsonObject): readonly string[] {
  return Object.keys(members).filter((name) => !saysNothing(members[name]));
}

function saysNothing(value: Json | undefined): boolean {
  if (value === undefined || value === null || value === '') return true;
  return isArray(value) ? value.length === 0 : isObject(value) && Object.values(value).every(saysNothing);
}
