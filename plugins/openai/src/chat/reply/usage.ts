import { asNumber, defined, isObject, type Json, type JsonObject, type Usage } from '@tapgate/core';
import { billedNanos } from '../../billed-nanos.ts';

/**
 * Reads a `usage` object of this dialect, with the names that vendors give to the same counts. `reasoningTokens: 'extra'`
 * where thinking is not among the completion tokens; without it the sum tells.
 */
export function readUsage(raw: JsonObject, options: { readonly extra?: boolean; readonly tier?: string } = {}): Usage {
  const read = details(raw, 'prompt_tokens_details', 'input_tokens_details', 'input_token_details');
  const wrote = details(raw, 'completion_tokens_details', 'output_tokens_details');
  const { prompt, completion } = totals(raw);
  const cacheRead = count(read['cached_tokens']) ?? cachedTokens(raw);
  const cacheWrite = count(read['cache_write_tokens']) ?? count(raw['cache_creation_input_tokens']) ?? 0;
  const uncached = prompt - cacheRead - cacheWrite;
  const thought = count(wrote['reasoning_tokens']) ?? count(raw['reasoning_tokens']) ?? 0;
  const extra = options.extra ?? isExtra(raw, prompt, completion, thought);
  const output = extra ? completion + thought : completion;
  return {
    input: Math.max(0, uncached),
    cacheRead,
    cacheWrite,
    output,
    reasoning: Math.min(thought, output),
    ...positive('inputAudio', read['audio_tokens']),
    ...positive('inputImage', read['image_tokens']),
    ...positive('outputAudio', wrote['audio_tokens']),
    ...positive('outputImage', wrote['image_tokens']),
    ...callsOf(raw),
    ...defined({ billedNanos: billedNanos(raw), tier: options.tier }),
    estimated: uncached < 0,
    raw,
  };
}

/** The usage of a chunk or a whole answer, wherever a vendor puts it. One without a count of tokens, such as one of seconds, is none. */
export function usageIn(chunk: JsonObject): JsonObject | undefined {
  if (counts(chunk['usage'])) return chunk['usage'];
  const vendor = chunk['x_groq'];
  if (isObject(vendor) && counts(vendor['usage'])) return vendor['usage'];
  const choices = chunk['choices'];
  const [choice] = Array.isArray(choices) ? (choices as readonly Json[]) : [];
  return isObject(choice) && counts(choice['usage']) ? choice['usage'] : undefined;
}

const names = ['prompt_tokens', 'completion_tokens', 'input_tokens', 'output_tokens', 'total_tokens'] as const;

function counts(usage: Json | undefined): usage is JsonObject {
  return isObject(usage) && names.some((name) => count(usage[name]) !== undefined);
}

/** Pictures and transcripts have other names for the same counts; an embedding may have nothing but their sum. */
function totals(raw: JsonObject): { readonly prompt: number; readonly completion: number } {
  const prompt = count(raw['prompt_tokens']) ?? count(raw['input_tokens']);
  const completion = count(raw['completion_tokens']) ?? count(raw['output_tokens']);
  if (prompt === undefined && completion === undefined)
    return { prompt: count(raw['total_tokens']) ?? 0, completion: 0 };
  return { prompt: prompt ?? 0, completion: completion ?? 0 };
}

function details(raw: JsonObject, ...spellings: readonly string[]): JsonObject {
  return spellings.map((name) => raw[name]).find(isObject) ?? {};
}

function count(value: Json | undefined): number | undefined {
  const number = asNumber(value);
  return number !== undefined && Number.isFinite(number) && number >= 0 ? number : undefined;
}

function cachedTokens(raw: JsonObject): number {
  return count(raw['prompt_cache_hit_tokens']) ?? count(raw['cached_tokens']) ?? count(raw['num_cached_tokens']) ?? 0;
}

/** One vendor counts thinking beside the completion; the total then holds all three. */
function isExtra(raw: JsonObject, prompt: number, completion: number, thought: number): boolean {
  const total = count(raw['total_tokens']);
  return thought > 0 && total === prompt + completion + thought;
}

function positive<Name extends string>(name: Name, value: Json | undefined): { [Key in Name]?: number } {
  const number = count(value);
  return number === undefined || number === 0 ? {} : ({ [name]: number } as { [Key in Name]?: number });
}

/** Searches and other calls that are billed one by one. */
function callsOf(raw: JsonObject): Pick<Usage, 'calls'> {
  const calls: Record<string, number> = {};
  for (const name of ['server_tool_use', 'server_tool_use_details']) {
    for (const [call, value] of Object.entries(details(raw, name))) addCalls(calls, call, value);
  }
  addCalls(calls, 'num_sources_used', raw['num_sources_used']);
  addCalls(calls, 'num_search_queries', raw['num_search_queries']);
  // What a request costs beside its tokens goes by the size of its search.
  const size = raw['search_context_size'];
  if (typeof size === 'string') calls[`search_context_${size}`] = 1;
  return Object.keys(calls).length === 0 ? {} : { calls };
}

function addCalls(calls: Record<string, number>, name: string, value: Json | undefined): void {
  const number = count(value);
  if (number !== undefined && number > 0) calls[name] = number;
}
