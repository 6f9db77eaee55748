import type { Capabilities, ChatRequest, Json, JsonObject, Output, OutputFormat, Reasoning } from '@tapgate/core';
import { can, listOf, numberOf, wordOf } from '../chat/capabilities.ts';
import type { Losses } from '../chat/request/losses.ts';
import { includeLogprobs, includeSeals } from './read-settings.ts';

/** What writing a request's settings needs to know. */
export interface SettingsContext {
  /** The request came in this dialect. */
  readonly own: boolean;
  readonly able: Capabilities;
  readonly losses: Losses;
}

/** The API refuses a smaller limit. */
const MIN_OUTPUT_TOKENS = 16;

/** How long the answer may be, and what of its tokens is told. */
export function writeOutput({ output }: ChatRequest, context: SettingsContext): JsonObject {
  const { losses, able } = context;
  const wantsLogprobs = output.logprobs === true || (output.topLogprobs ?? 0) > 0;
  if (wantsLogprobs && !can(able, 'logprobs')) losses.contract('logprobs', 'it does not tell them');
  if ((output.n ?? 1) > 1) losses.contract('n', 'it gives one answer to a request');
  for (const modality of output.modalities ?? []) {
    if (modality !== 'text') losses.contract('modalities', `it does not answer in ${modality}`);
  }
  return {
    max_output_tokens: limitOf(output, context),
    ...(can(able, 'logprobs') && { top_logprobs: output.topLogprobs }),
  };
}

function limitOf({ maxTokens }: Output, { own, able, losses }: SettingsContext): number | undefined {
  if (maxTokens === undefined) return undefined;
  const highest = numberOf(able, 'maxOutputTokens') ?? Number.POSITIVE_INFINITY;
  const limit = Math.min(highest, own ? maxTokens : Math.max(MIN_OUTPUT_TOKENS, maxTokens));
  if (limit !== maxTokens) losses.hint('max_tokens', `it takes ${limit}`, 'clamped');
  return limit;
}

/** What the answer includes beside its text, of what was asked for and of what a chat expects without asking. */
export function writeInclude(
  request: ChatRequest,
  asked: Json | undefined,
  context: SettingsContext,
): Json | undefined {
  const list = Array.isArray(asked) ? [...(asked as readonly Json[])] : [];
  const want = (name: string): void => {
    if (!list.includes(name)) list.push(name);
  };
  if (request.output.logprobs && can(context.able, 'logprobs')) want(includeLogprobs);
  // Without it thinking cannot go on where nothing is stored; a model that does not think refuses it.
  if (!context.own && request.reasoning !== undefined && request.reasoning.mode !== 'off') want(includeSeals);
  return list.length > 0 ? list : asked;
}

/** `text`: the form of the answer, and how wordy it is. */
export function writeText({ output }: ChatRequest, { able, losses }: SettingsContext): JsonObject {
  const { verbosity } = output;
  if (verbosity !== undefined && !can(able, 'verbosity')) losses.hint('verbosity', 'it does not know it');
  return {
    ...(output.format && { format: writeFormat(output.format, able, losses) }),
    ...(verbosity !== undefined && can(able, 'verbosity') && { verbosity }),
  };
}

function writeFormat(format: OutputFormat, able: Capabilities, losses: Losses): JsonObject | undefined {
  if (format.kind === 'text') return { type: 'text' };
  if (format.kind === 'json') {
    if (can(able, 'jsonObject')) return { type: 'json_object' };
    losses.contract('response_format', 'it cannot be held to JSON');
    return undefined;
  }
  if (able['jsonSchema'] === 'none') {
    losses.contract('response_format', 'it cannot be held to a schema');
    return undefined;
  }
  if (able['jsonSchema'] === 'json_object') {
    losses.contract('response_format.json_schema', 'it can be held to JSON, not to a schema', 'approximated');
    return { type: 'json_object' };
  }
  const { name = 'answer', schema, description, strict } = format;
  return {
    type: 'json_schema',
    name,
    schema,
    ...(description !== undefined && { description }),
    ...(strict !== undefined && { strict }),
  };
}

/** How the words are drawn. What the dialect has no field for is no loss where the client did not come by it. */
export function writeSampling({ sampling }: ChatRequest, { own, able, losses }: SettingsContext): JsonObject {
  const none = (field: string, value: unknown): void => {
    if (value !== undefined) losses.hint(field, 'there is no such field in its API');
  };
  none('top_k', sampling.topK);
  none('min_p', sampling.minP);
  none('repetition_penalty', sampling.repetitionPenalty);
  none('seed', sampling.seed);
  if ((sampling.stop ?? []).length > 0) losses.contract('stop', 'its API has no stop sequences');
  if (Object.keys(sampling.logitBias ?? {}).length > 0) losses.contract('logit_bias', 'its API cannot bias tokens');
  const penalties = own ? can(able, 'penalties') : able['penalties'] === true;
  if (!penalties) none('presence_penalty', sampling.presencePenalty || undefined);
  if (!penalties) none('frequency_penalty', sampling.frequencyPenalty || undefined);
  return {
    ...(penalties && { presence_penalty: sampling.presencePenalty, frequency_penalty: sampling.frequencyPenalty }),
    ...writeTemperature(sampling, able, losses),
  };
}

/** Models that reason refuse these, unless they say what is so anyway. */
function writeTemperature(
  { temperature, topP }: ChatRequest['sampling'],
  able: Capabilities,
  losses: Losses,
): JsonObject {
  if (!can(able, 'sampling')) {
    if (temperature !== undefined && temperature !== 1) losses.contract('temperature', 'the model takes none');
    if (topP !== undefined && topP !== 1) losses.contract('top_p', 'the model takes none');
    return {};
  }
  const highest = numberOf(able, 'temperatureMax');
  if (temperature === undefined || highest === undefined || temperature <= highest) return { temperature, top_p: topP };
  losses.hint('temperature', `it takes ${highest} at most`, 'clamped');
  return { temperature: highest, top_p: topP };
}

/** Budgets of thinking as efforts, the smallest that is enough. */
const budgets: readonly (readonly [effort: string, tokens: number])[] = [
  ['minimal', 1024],
  ['low', 2048],
  ['medium', 8192],
  ['high', 16_384],
  ['xhigh', 24_576],
  ['max', Number.POSITIVE_INFINITY],
];

const order = ['none', ...budgets.map(([effort]) => effort)];

/** `reasoning`: how much to think, and what of it to show. */
export function writeReasoning(reasoning: Reasoning | undefined, context: SettingsContext): JsonObject {
  if (reasoning === undefined) return {};
  if (context.able['reasoningIn'] === 'none') {
    if (reasoning.mode !== 'off') context.losses.hint('reasoning', 'the model does not reason');
    return {};
  }
  const effort = effortOf(reasoning, context);
  const summary = summaryOf(reasoning, context);
  return { ...(effort !== undefined && { effort }), ...(summary !== undefined && { summary }) };
}

function effortOf({ mode, effort, budgetTokens }: Reasoning, { able, losses }: SettingsContext): string | undefined {
  const budget = budgets.find(([, tokens]) => tokens >= (budgetTokens ?? 0))?.[0];
  const wanted = mode === 'off' ? 'none' : (effort ?? (budgetTokens === undefined ? undefined : budget));
  if (wanted === undefined) return undefined;
  if (effort === undefined && mode !== 'off')
    losses.hint('reasoning', `a budget became the effort "${wanted}"`, 'approximated');
  const known = listOf(able, 'efforts');
  if (known === undefined || known.includes(wanted)) return wanted;
  const nearest = nearestEffort(wanted, known);
  losses.hint('reasoning', `it knows no effort "${wanted}"`, 'approximated');
  return nearest;
}

function nearestEffort(wanted: string, known: readonly string[]): string | undefined {
  const distance = (effort: string): number => Math.abs(order.indexOf(effort) - order.indexOf(wanted));
  return known.toSorted(
    (one, other) => distance(one) - distance(other) || order.indexOf(one) - order.indexOf(other),
  )[0];
}

/** The thinking itself is never shown by the API: a client that wants to see it gets what is shown of it. */
function summaryOf({ visible, summary }: Reasoning, { losses }: SettingsContext): string | undefined {
  if (summary !== undefined) return summary;
  if (visible === 'full') losses.hint('reasoning', 'it shows a summary of its thinking', 'approximated');
  return visible === 'full' || visible === 'summary' ? 'auto' : undefined;
}

/** What is kept between requests. A target that keeps nothing would answer without the history. */
export function writeState(
  { state }: ChatRequest,
  conversation: Json | undefined,
  { own, able, losses }: SettingsContext,
): JsonObject {
  if (wordOf(able, 'state') === 'none' || able['state'] === false) return withoutState(state, losses);
  return {
    previous_response_id: state?.previousId,
    conversation: conversation ?? state?.conversation,
    store: state?.store ?? (own ? undefined : false),
    background: state?.background,
    truncation: state?.truncation,
  };
}

function withoutState(state: ChatRequest['state'], losses: Losses): JsonObject {
  const reason = 'it keeps nothing between requests';
  if (state?.previousId !== undefined) losses.contract('previous_response_id', reason);
  if (state?.conversation !== undefined) losses.contract('conversation', reason);
  if (state?.background === true) losses.contract('background', reason);
  if (state?.store === true) losses.contract('store', reason);
  if (state?.truncation !== undefined && state.truncation !== 'disabled')
    losses.contract('truncation', 'it cuts nothing');
  return { store: false };
}

const tiers: ReadonlySet<string> = new Set(['auto', 'default', 'flex', 'scale', 'priority', 'fast', 'ultrafast']);

/** Tier, caching, and for whom the request is. */
export function writeService(request: ChatRequest, { own, losses }: SettingsContext): JsonObject {
  const { tier, caching, user, metadata } = request;
  const known = tier === undefined || own || tiers.has(tier);
  if (!known) losses.hint('service_tier', `it knows no tier "${tier}"`);
  if (caching?.auto !== undefined) losses.hint('cache_control', 'it chooses by itself what it caches');
  return {
    service_tier: known ? tier : undefined,
    prompt_cache_key: caching?.key,
    prompt_cache_retention: caching?.retention,
    user: user?.id,
    safety_identifier: user?.safetyId,
    metadata,
  };
}
