import {
  type Capabilities,
  type ChatRequest,
  defined,
  isObject,
  type JsonObject,
  type OutputFormat,
  RawJson,
} from '@tapgate/core';
import { ownOf } from '../own-fields.ts';
import { toOpenApi } from '../schema/to-open-api.ts';
import type { Losses } from './losses.ts';
import { isUnedited } from './read-settings.ts';
import { writeThinking } from './thinking.ts';

const maxStops = 5;
const maxTemperature = 2;

/** The generation config; undefined where there is nothing to say. */
export function writeGenerationConfig(
  request: ChatRequest,
  able: Capabilities,
  losses: Losses,
): JsonObject | undefined {
  const config = defined({
    ...samplingOf(request, able, losses),
    ...outputOf(request, able, losses),
    thinkingConfig: thinkingOf(request, able, losses),
  });
  return Object.keys(config).length === 0 ? undefined : config;
}

/** A budget of -1 leaves the amount to the model, as saying nothing does for most; it comes back as it was said. */
function thinkingOf(request: ChatRequest, able: Capabilities, losses: Losses): JsonObject | undefined {
  const config = writeThinking(request, able, losses);
  const dynamic =
    request.reasoning?.mode === 'auto' && able['thinking'] !== false && ownOf(request)['$thinkingBudget'] === -1;
  return dynamic && config?.['thinkingLevel'] === undefined ? { ...config, thinkingBudget: -1 } : config;
}

function samplingOf({ sampling }: ChatRequest, able: Capabilities, losses: Losses): JsonObject {
  const { temperature, topP, topK, presencePenalty, frequencyPenalty, stop } = sampling;
  for (const [field, value] of [
    ['min_p', sampling.minP],
    ['repetition_penalty', sampling.repetitionPenalty],
  ] as const) {
    if (value !== undefined) losses.hint(field, 'this API has no such setting');
  }
  if (sampling.logitBias !== undefined)
    losses.contract('logit_bias', "this API has none, and its models' tokens are others");
  const kept = able['sampling'] !== false;
  if (!kept && [temperature, topP, topK].some((value) => value !== undefined)) {
    losses.hint('temperature', 'this model no longer lets temperature, top_p and top_k be chosen');
  }
  const penalised = able['penalties'] !== false;
  if (!penalised && (presencePenalty || frequencyPenalty))
    losses.hint('presence_penalty', 'this model takes no penalties');
  return {
    ...(kept && { temperature: temperatureOf(temperature, losses), topP, topK }),
    ...(penalised && { presencePenalty, frequencyPenalty }),
    seed: seedOf(sampling.seed, losses),
    stopSequences: stopsOf(stop, losses),
  };
}

function temperatureOf(temperature: number | undefined, losses: Losses): number | undefined {
  if (temperature === undefined || temperature <= maxTemperature) return temperature;
  losses.hint('temperature', `this API takes 0 to ${maxTemperature}`, 'clamped');
  return maxTemperature;
}

function seedOf(seed: number | undefined, losses: Losses): number | undefined {
  if (seed === undefined || (Number.isInteger(seed) && Math.abs(seed) < 2 ** 31)) return seed;
  losses.hint('seed', 'this API takes 32-bit integers');
  return undefined;
}

function stopsOf(stop: readonly string[] | undefined, losses: Losses): readonly string[] | undefined {
  if (stop === undefined || stop.length <= maxStops) return stop;
  losses.contract('stop', `this API takes up to ${maxStops} of them`, 'clamped');
  return stop.slice(0, maxStops);
}

function outputOf(request: ChatRequest, able: Capabilities, losses: Losses): JsonObject {
  const { output } = request;
  if (output.verbosity !== undefined) losses.hint('verbosity', 'this API has no such setting');
  return {
    candidateCount: candidatesOf(output.n, able, losses),
    maxOutputTokens: output.maxTokens,
    ...logprobsOf(request, able, losses),
    responseModalities: output.modalities?.map((modality) => modality.toUpperCase()),
    ...formatOf(request, able, losses),
  };
}

function candidatesOf(n: number | undefined, able: Capabilities, losses: Losses): number | undefined {
  const most = able['maxCandidates'];
  if (n === undefined || typeof most !== 'number' || n <= most) return n;
  losses.contract('n', `this model gives up to ${most} answers at once`, 'clamped');
  return most;
}

function logprobsOf({ output }: ChatRequest, able: Capabilities, losses: Losses): JsonObject {
  const { logprobs, topLogprobs } = output;
  if (able['logprobs'] !== false) return { responseLogprobs: logprobs, logprobs: topLogprobs };
  if (logprobs === true) losses.contract('logprobs', 'this model gives none');
  return {};
}

function formatOf(request: ChatRequest, able: Capabilities, losses: Losses): JsonObject {
  const { format } = request.output;
  if (format === undefined) return {};
  if (format.kind === 'text') return { responseMimeType: 'text/plain' };
  if (able['jsonWithTools'] === false && request.tools.length > 0) {
    losses.contract('response_format', 'this model gives JSON only where it has no tools');
    return {};
  }
  return {
    responseMimeType: 'application/json',
    ...(format.kind === 'schema' && schemaOf(request, format, able, losses)),
  };
}

/** The schema in the field that the model takes; one that came in the API's own words goes back in them. */
function schemaOf(
  request: ChatRequest,
  { schema, description }: Extract<OutputFormat, { kind: 'schema' }>,
  able: Capabilities,
  losses: Losses,
): JsonObject {
  if (description !== undefined) losses.hint('response_format.description', 'this API has no place for it');
  const own = ownOf(request)['$responseSchema'];
  if (isUnedited(schema, own)) return { responseSchema: own };
  if (able['jsonSchemaField'] !== 'openapi') return { responseJsonSchema: schema };
  return { responseSchema: toOpenApi(schema.value, 'response_format.schema', losses.add) };
}

/** A tool's schema, under the same rules; nothing where a function takes no arguments and the model wants none said. */
export function parametersOf(
  schema: RawJson | undefined,
  own: unknown,
  field: string,
  able: Capabilities,
  losses: Losses,
): JsonObject {
  if (schema === undefined) return {};
  if (isUnedited(schema, own)) return { parameters: own };
  if (able['jsonSchemaField'] !== 'openapi') return { parametersJsonSchema: schema };
  const parameters = toOpenApi(schema.value, field, losses.add);
  const properties = parameters['properties'];
  const isEmpty = isObject(properties) ? Object.keys(properties).length === 0 : parameters['type'] === 'OBJECT';
  return isEmpty ? {} : { parameters };
}
