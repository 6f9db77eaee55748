import { type ChatRequest, defined, isObject, type Json, type JsonObject, writeJson } from '@tapgate/core';
import { numberOf, type Writing } from './writing.ts';

const DEFAULT_MAX_TOKENS = 4096;
const MAX_USER_ID = 512;

/** The limit of tokens, which the API requires. `mayGrow`: nobody asked for this number. */
export function writeMaxTokens(
  { output }: ChatRequest,
  writing: Writing,
): { readonly maxTokens?: number; readonly mayGrow: boolean } {
  const limit = numberOf(writing.able, 'maxOutputTokens');
  if (writing.own) return { ...defined({ maxTokens: output.maxTokens }), mayGrow: false };
  if (output.maxTokens === undefined) {
    writing.losses.hint('max_tokens', 'the API requires it', 'synthesised');
    return { maxTokens: limit ?? DEFAULT_MAX_TOKENS, mayGrow: limit === undefined };
  }
  if (limit === undefined || output.maxTokens <= limit) return { maxTokens: output.maxTokens, mayGrow: false };
  writing.losses.hint('max_tokens', `the model writes at most ${limit} tokens`, 'clamped');
  return { maxTokens: limit, mayGrow: false };
}

/** What shapes the choice of each token. `thinks`: by a budget, with which the API wants it left alone. */
export function writeSampling(request: ChatRequest, version: string, thinks: boolean, writing: Writing): JsonObject {
  const { temperature, topP, topK, stop } = request.sampling;
  const sequences = { stop_sequences: writing.own ? stop : lawfulStops(stop, writing) };
  if (writing.own) return { temperature, top_p: topP, top_k: topK, ...sequences };
  const reason = frozen(version, thinks, writing);
  if (reason !== undefined) {
    refuse({ temperature, top_p: topP, top_k: topK }, reason, writing);
    return sequences;
  }
  const both = temperature !== undefined && topP !== undefined && writing.able['temperatureAndTopP'] === false;
  if (both) refuse({ top_p: topP }, 'the model takes it or temperature, not both', writing);
  return { temperature: clamped(temperature, writing), top_p: both ? undefined : topP, top_k: topK, ...sequences };
}

/** Why nothing of it is taken; nothing where it is. */
function frozen(version: string, thinks: boolean, writing: Writing): string | undefined {
  if (writing.able['sampling'] === false) return 'the model does not take it';
  if (version > '2023-06-01') return `API version ${version} does not take it`;
  return thinks ? 'it is not taken while the model thinks' : undefined;
}

/** Leaving out a default changes nothing. */
function refuse(settings: Readonly<Record<string, number | undefined>>, reason: string, { losses }: Writing): void {
  for (const [name, value] of Object.entries(settings)) {
    if (value === undefined) continue;
    if (value === 1 && name !== 'top_k') losses.hint(name, reason);
    else losses.contract(name, reason);
  }
}

function clamped(temperature: number | undefined, { losses }: Writing): number | undefined {
  if (temperature === undefined || (temperature >= 0 && temperature <= 1)) return temperature;
  losses.hint('temperature', 'it goes from 0 to 1', 'clamped');
  return Math.min(1, Math.max(0, temperature));
}

function lawfulStops(stop: readonly string[] | undefined, { losses }: Writing): readonly string[] | undefined {
  const lawful = stop?.filter((text) => text.trim() !== '');
  if (stop !== undefined && lawful?.length !== stop.length)
    losses.contract('stop', 'a stop sequence of white space is not taken');
  return lawful?.length === 0 ? undefined : lawful;
}

/** The form of the answer's text: the format the API has a word for, or a sentence for the system prompt. */
export function writeFormat(
  { output }: ChatRequest,
  writing: Writing,
): { readonly format?: JsonObject; readonly sentence?: string } {
  const { format } = output;
  if (format === undefined || format.kind === 'text') return {};
  if (format.kind === 'json') {
    writing.losses.contract('response_format', 'JSON without a schema can only be asked for in words', 'approximated');
    return { sentence: 'Answer with one JSON object and nothing else.' };
  }
  const { jsonSchema } = writing.able;
  if (writing.own || (jsonSchema !== false && jsonSchema !== 'none'))
    return { format: { type: 'json_schema', schema: format.schema } };
  writing.losses.contract('response_format', 'the model can be asked for a schema only in words', 'approximated');
  return {
    sentence: `Answer with one JSON object that follows this JSON Schema, and nothing else:\n${writeJson(format.schema)}`,
  };
}

/** Whose request it is, and how it is served. */
export function writeUser(request: ChatRequest, metadata: Json | undefined, writing: Writing): JsonObject {
  const id = request.user?.id ?? request.user?.safetyId;
  const tier = { service_tier: tierOf(request.tier, writing) };
  if (id === undefined) return { metadata, ...tier };
  if (id.length <= MAX_USER_ID || writing.own)
    return { metadata: { ...(isObject(metadata) && metadata), user_id: id }, ...tier };
  writing.losses.hint('user', `it has at most ${MAX_USER_ID} characters`);
  return { metadata, ...tier };
}

function tierOf(tier: string | undefined, writing: Writing): string | undefined {
  if (writing.own || tier === undefined || tier === 'auto' || tier === 'standard_only') return tier;
  if (tier === 'default') return 'standard_only';
  writing.losses.hint('service_tier', 'the API has no such tier');
  return undefined;
}
