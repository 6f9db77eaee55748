import type { ChatRequest, JsonObject, Losses } from '@tapgate/core';
import type { Writing } from './writing.ts';

const MAX_STOPS = 5;

/** What shapes the choice of each token, and how many there are. */
export function writeSampling({ output, sampling }: ChatRequest, { own, losses }: Writing): JsonObject {
  const { temperature, topP, topK, seed, presencePenalty, frequencyPenalty, stop } = sampling;
  const said = { max_tokens: output.maxTokens, seed, logprobs: own ? output.logprobs : undefined };
  if (own) {
    const rest = { presence_penalty: presencePenalty, frequency_penalty: frequencyPenalty, stop_sequences: stop };
    return { ...said, temperature, p: topP, k: topK, ...rest };
  }
  const within = (name: string, value: number | undefined, least: number, most: number): number | undefined =>
    clamped(name, value, [least, most], losses);
  return {
    ...said,
    temperature: within('temperature', temperature, 0, 1),
    p: topP === 1 ? 0.99 : within('top_p', topP, 0.01, 0.99),
    k: within('top_k', topK, 0, 500),
    presence_penalty: within('presence_penalty', presencePenalty, 0, 1),
    frequency_penalty: within('frequency_penalty', frequencyPenalty, 0, 1),
    stop_sequences: stopsOf(stop, losses),
  };
}

function clamped(
  name: string,
  value: number | undefined,
  [least, most]: readonly [number, number],
  losses: Losses,
): number | undefined {
  if (value === undefined || (value >= least && value <= most)) return value;
  losses.hint(name, `it goes from ${least} to ${most}`, 'clamped');
  return Math.min(most, Math.max(least, value));
}

function stopsOf(stop: readonly string[] | undefined, losses: Losses): readonly string[] | undefined {
  if (stop === undefined || stop.length <= MAX_STOPS) return stop?.length === 0 ? undefined : stop;
  losses.contract('stop', `there are at most ${MAX_STOPS} stop sequences`);
  return stop.slice(0, MAX_STOPS);
}

/**
 * The form of the answer's text: JSON, by a schema or without; or a sentence where that is not taken beside tools.
 *
 * @see https://docs.cohere.com/docs/structured-outputs
 */
export function writeFormat(
  { output }: ChatRequest,
  hasTools: boolean,
  { own, losses }: Writing,
): { readonly format?: JsonObject; readonly sentence?: string } {
  const { format } = output;
  if (format === undefined || format.kind === 'text') return {};
  const schema = format.kind === 'schema' ? { json_schema: format.schema } : {};
  if (own || !hasTools) return { format: { type: 'json_object', ...schema } };
  losses.contract('response_format', 'it is not taken beside tools', 'approximated');
  const how = format.kind === 'schema' ? ` that follows this JSON Schema: ${format.schema.text}` : '';
  return { sentence: `Answer with one JSON object and nothing else${how}` };
}
