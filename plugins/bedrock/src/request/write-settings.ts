import { type ChatRequest, isObject, type JsonObject, writeJson } from '@tapgate/core';
import { ownMembers } from '../own-fields.ts';
import { isNothing } from './is-nothing.ts';
import { wordOf, type Writing } from './writing.ts';

/**
 * What shapes the choice of each token, and how many there are. Only what was said is sent, because models have defaults;
 * `thinkingTokens` is the limit that thinking needs where nobody gave one.
 */
export function writeInference(
  request: ChatRequest,
  thinkingTokens: number | undefined,
  writing: Writing,
): JsonObject | undefined {
  const own = ownMembers(request)['inferenceConfig'];
  const said: JsonObject = {
    maxTokens: maxTokensOf(request.output, writing) ?? thinkingTokens,
    ...samplingOf(request, writing),
    stopSequences: stopsOf(request.sampling.stop, writing),
  };
  if (isNothing(said)) return isObject(own) ? own : undefined;
  return { ...said, ...(isObject(own) && own) };
}

function maxTokensOf({ maxTokens }: ChatRequest['output'], { able, losses }: Writing): number | undefined {
  const limit = able['maxOutputTokens'];
  if (maxTokens === undefined || typeof limit !== 'number' || maxTokens <= limit) return maxTokens;
  losses.hint('max_tokens', `the model writes at most ${limit} tokens`, 'clamped');
  return limit;
}

function samplingOf({ sampling }: ChatRequest, writing: Writing): JsonObject {
  const { temperature, topP, topK } = sampling;
  const { able, losses } = writing;
  if (able['sampling'] === false) {
    for (const [name, value] of Object.entries({ temperature, top_p: topP, top_k: topK })) {
      if (value === undefined) continue;
      // Leaving out a default changes nothing.
      if (value === 1 && name !== 'top_k') losses.hint(name, 'the model does not take it');
      else losses.contract(name, 'the model does not take it');
    }
    return {};
  }
  writeTopK(topK, writing);
  const both = temperature !== undefined && topP !== undefined && able['temperatureAndTopP'] === false;
  if (both && topP !== 1) losses.contract('top_p', 'the model takes it or temperature, not both');
  else if (both) losses.hint('top_p', 'the model takes it or temperature, not both');
  return { temperature: clamped('temperature', temperature, losses), topP: both ? undefined : topP };
}

/** The API has no word for it, but models have, each its own. */
function writeTopK(topK: number | undefined, { able, losses, additional }: Writing): void {
  if (topK === undefined) return;
  const field = wordOf(able, 'topKField');
  if (field === undefined) losses.hint('top_k', 'the model has no such setting');
  else if (field.startsWith('inferenceConfig.')) {
    const before = additional['inferenceConfig'];
    additional['inferenceConfig'] = { ...(isObject(before) && before), topK };
  } else additional[field] = topK;
}

function clamped(name: string, value: number | undefined, losses: Writing['losses']): number | undefined {
  if (value === undefined || (value >= 0 && value <= 1)) return value;
  losses.hint(name, 'it goes from 0 to 1', 'clamped');
  return Math.min(1, Math.max(0, value));
}

function stopsOf(stop: readonly string[] | undefined, { losses }: Writing): readonly string[] | undefined {
  const lawful = stop?.filter((text) => text.trim() !== '');
  if (lawful?.length !== stop?.length) losses.contract('stop', 'a stop sequence of white space is not taken');
  return lawful?.length === 0 ? undefined : lawful;
}

/** The form of the answer's text: the format the API has a word for, or a sentence for the system prompt. */
export function writeFormat(
  { output }: ChatRequest,
  { able, losses }: Writing,
): { readonly outputConfig?: JsonObject; readonly sentence?: string } {
  const { format } = output;
  if (format === undefined || format.kind === 'text') return {};
  if (format.kind === 'json') {
    losses.contract('response_format', 'JSON without a schema can only be asked for in words', 'approximated');
    return { sentence: 'Answer with one JSON object and nothing else.' };
  }
  const { schema, name, description } = format;
  if (able['jsonSchema'] !== false) {
    const jsonSchema = { schema: writeJson(schema), name, description };
    return { outputConfig: { textFormat: { type: 'json_schema', structure: { jsonSchema } } } };
  }
  losses.contract('response_format', 'the model can be asked for a schema only in words', 'approximated');
  return {
    sentence: `Answer with one JSON object that follows this JSON Schema, and nothing else:\n${writeJson(schema)}`,
  };
}

/** How the request is served. */
export function writeTier({ tier }: ChatRequest, { losses }: Writing): JsonObject | undefined {
  if (tier === undefined || tier === 'auto') return undefined;
  if (tier === 'standard_only') return { type: 'default' };
  if (tiers.has(tier)) return { type: tier };
  losses.hint('service_tier', 'the API has no such tier');
  return undefined;
}

const tiers: ReadonlySet<string> = new Set(['priority', 'default', 'flex', 'reserved']);
