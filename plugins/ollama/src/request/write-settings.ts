import { type ChatRequest, defined, isObject, type Json, type JsonObject } from '@tapgate/core';
import { ownOf } from '../own-fields.ts';
import type { Writing } from './writing.ts';

/**
 * What shapes the choice of each token, how many there are, and how the model is run; nothing where nobody says anything.
 *
 * @see https://docs.ollama.com/modelfile#parameter
 */
export function writeOptions(request: ChatRequest, own: Json | undefined, { able }: Writing): Json | undefined {
  const { output, sampling } = request;
  const { temperature, topP, topK, minP, seed, presencePenalty, frequencyPenalty, repetitionPenalty } = sampling;
  const said = defined({
    temperature,
    top_p: topP,
    top_k: topK,
    min_p: minP,
    seed,
    presence_penalty: presencePenalty,
    frequency_penalty: frequencyPenalty,
    repeat_penalty: repetitionPenalty,
    num_predict: output.maxTokens,
    stop: stopOf(request),
  });
  // Options that are none stay as they came, for the server to judge.
  if (own !== undefined && own !== null && !isObject(own)) return own;
  const rest: JsonObject = isObject(own) ? own : {};
  const length = 'num_ctx' in rest ? {} : defined({ num_ctx: able['numCtx'] });
  const options = { ...rest, ...said, ...length };
  return Object.keys(options).length === 0 ? own : options;
}

function stopOf(request: ChatRequest): Json | undefined {
  const { stop } = request.sampling;
  if (stop === undefined || stop.length === 0) return undefined;
  return ownOf(request)?.['$stop'] === 'text' && stop.length === 1 ? stop[0] : stop;
}

/** The form of the answer's text: JSON, by a schema or without one. */
export function writeFormat({ output }: ChatRequest): Json | undefined {
  const { format } = output;
  if (format === undefined || format.kind === 'text') return undefined;
  return format.kind === 'schema' ? format.schema : 'json';
}
