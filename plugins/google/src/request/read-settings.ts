import {
  defined,
  type JsonObject,
  type Output,
  type OutputFormat,
  RawJson,
  type Reasoning,
  type Sampling,
} from '@tapgate/core';
import { Fields } from '../fields.ts';
import { fromOpenApi } from '../schema/from-open-api.ts';

/** What `generationConfig` says in canonical words, and what is left of it. */
export interface ReadConfig {
  readonly output: Output;
  readonly sampling: Sampling;
  readonly reasoning: Reasoning | undefined;
  readonly own: JsonObject;
}

/** Takes the generation config. @see https://ai.google.dev/api/generate-content#generationconfig */
export function readGenerationConfig(body: Fields): ReadConfig {
  const config = body.object('generationConfig');
  const fields = new Fields(config ?? {});
  const { format, notes } = readFormat(fields);
  const thinking = readThinking(fields);
  const output = defined({
    format,
    maxTokens: fields.number('maxOutputTokens'),
    modalities: fields.strings('responseModalities')?.map((modality) => modality.toLowerCase()),
    n: fields.number('candidateCount'),
    logprobs: fields.boolean('responseLogprobs'),
    topLogprobs: fields.number('logprobs'),
  });
  const sampling = defined({
    temperature: fields.number('temperature'),
    topP: fields.number('topP'),
    topK: fields.number('topK'),
    presencePenalty: fields.number('presencePenalty'),
    frequencyPenalty: fields.number('frequencyPenalty'),
    seed: fields.number('seed'),
    stop: fields.strings('stopSequences'),
  });
  const rest = { ...fields.rest(), ...(thinking.rest && { thinkingConfig: thinking.rest }) };
  const own = Object.keys(rest).length === 0 ? {} : { generationConfig: rest };
  return {
    output,
    sampling,
    reasoning: thinking.reasoning,
    own: { ...own, ...notes, ...thinking.notes, ...(config && { $generationConfig: true }) },
  };
}

/** The form of the answer's text. A type that is neither JSON nor plain text stays behind with its schema. */
function readFormat(fields: Fields): { readonly format: OutputFormat | undefined; readonly notes: JsonObject } {
  const type = fields.peek('responseMimeType');
  if (type === 'text/plain') {
    fields.take('responseMimeType');
    return { format: { kind: 'text' }, notes: {} };
  }
  if (type !== undefined && type !== 'application/json') return { format: undefined, notes: {} };
  const schema = fields.raw('responseJsonSchema');
  const openApi = schema === undefined ? fields.raw('responseSchema') : undefined;
  if (type === undefined && schema === undefined && openApi === undefined) return { format: undefined, notes: {} };
  fields.take('responseMimeType');
  if (schema !== undefined) return { format: { kind: 'schema', schema }, notes: {} };
  if (openApi === undefined) return { format: { kind: 'json' }, notes: {} };
  return { format: { kind: 'schema', schema: fromOpenApi(openApi) }, notes: { $responseSchema: openApi } };
}

interface ReadThinking {
  readonly reasoning: Reasoning | undefined;
  readonly rest: JsonObject | undefined;
  readonly notes: JsonObject;
}

/** @see https://ai.google.dev/gemini-api/docs/thinking */
function readThinking(config: Fields): ReadThinking {
  const object = config.object('thinkingConfig');
  if (object === undefined) return { reasoning: undefined, rest: undefined, notes: {} };
  const fields = new Fields(object);
  const shown = fields.boolean('includeThoughts');
  const budget = fields.number('thinkingBudget');
  const level = fields.string('thinkingLevel')?.toLowerCase();
  const notes = budget === -1 ? { $thinkingBudget: -1 } : {};
  const visible = shown === undefined ? undefined : shown ? ('summary' as const) : ('none' as const);
  return { reasoning: { ...modeOf(budget, level), ...defined({ visible }) }, rest: fields.rest(), notes };
}

function modeOf(budget: number | undefined, level: string | undefined): Reasoning {
  if (level !== undefined && level !== 'thinking_level_unspecified') return { mode: 'on', effort: level };
  if (budget === 0) return { mode: 'off' };
  return budget === undefined || budget < 0 ? { mode: 'auto' } : { mode: 'on', budgetTokens: budget };
}

/** Whether a schema is still the one that was written in the API's own words. */
export function isUnedited(schema: RawJson, openApi: unknown): openApi is RawJson {
  return openApi instanceof RawJson && fromOpenApi(openApi).text === schema.text;
}
