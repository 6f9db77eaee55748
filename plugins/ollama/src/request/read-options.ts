import { asString, defined, isArray, isObject, type Json, type JsonObject, type Sampling } from '@tapgate/core';

/** What shapes the answer, and what else the options say. */
export interface Options {
  readonly sampling: Sampling;
  readonly maxTokens?: number;
  /** What the canonical form has no word for; absent where there is none. */
  readonly more?: Json;
}

/** @see https://docs.ollama.com/modelfile#parameter */
export function readOptions(options: Json | undefined): Options {
  if (!isObject(options)) return { sampling: {}, ...defined({ more: options }) };
  const rest: JsonObject = { ...options };
  const take = <T>(name: string, reader: (value: Json) => T | undefined): T | undefined => {
    const value = rest[name];
    const result = value === undefined ? undefined : reader(value);
    if (result !== undefined) delete rest[name];
    return result;
  };
  const sampling = defined({
    temperature: take('temperature', numberOf),
    topP: take('top_p', numberOf),
    topK: take('top_k', numberOf),
    minP: take('min_p', numberOf),
    seed: take('seed', numberOf),
    presencePenalty: take('presence_penalty', numberOf),
    frequencyPenalty: take('frequency_penalty', numberOf),
    repetitionPenalty: take('repeat_penalty', numberOf),
    stop: take('stop', textsOf),
  });
  // Of the numbers below 1 each has a meaning of its own, such as "without end".
  const maxTokens = take('num_predict', (value) => (typeof value === 'number' && value >= 1 ? value : undefined));
  const isNone = Object.keys(rest).length === 0 && Object.keys(options).length > 0;
  return { sampling, ...defined({ maxTokens, more: isNone ? undefined : rest }) };
}

function numberOf(value: Json): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function textsOf(value: Json): readonly string[] | undefined {
  if (typeof value === 'string') return [value];
  const texts = isArray(value) && value.length > 0 ? value.map(asString) : [undefined];
  return texts.every((text) => text !== undefined) ? texts : undefined;
}
