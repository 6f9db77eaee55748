import {
  asString,
  type ChatRequest,
  defined,
  isArray,
  isObject,
  type Output,
  type OutputFormat,
  RawJson,
  type Reasoning,
  type Sampling,
  type State,
  writeJson,
} from '@tapgate/core';
import type { Fields } from '../chat/fields.ts';

/** Asks for the probabilities of the answer's tokens, among what `include` asks for. */
export const includeLogprobs = 'message.output_text.logprobs';

/** Asks for the sealed thinking, so that a client may keep it. */
export const includeSeals = 'reasoning.encrypted_content';

/** Takes what says how the answer must look. `include` stays, for the rest of what it asks for. */
export function readOutput(fields: Fields): Output {
  const include = fields.peek('include');
  const text = fields.nested('text', (inner) => ({
    format: readFormat(inner),
    verbosity: inner.string('verbosity'),
  }));
  return defined({
    ...text,
    maxTokens: fields.number('max_output_tokens'),
    logprobs: isArray(include) && include.includes(includeLogprobs) ? true : undefined,
    topLogprobs: fields.number('top_logprobs'),
  });
}

function readFormat(text: Fields): OutputFormat | undefined {
  const format = text.peek('format');
  if (!isObject(format)) return undefined;
  const bare = Object.keys(format).length === 1 ? format['type'] : undefined;
  if (bare === 'text' || bare === 'json_object') {
    text.take('format');
    return { kind: bare === 'text' ? 'text' : 'json' };
  }
  return format['type'] === 'json_schema' ? text.nested('format', readSchema) : undefined;
}

function readSchema(format: Fields): OutputFormat | undefined {
  const given = format.peek('schema');
  const schema = given instanceof RawJson ? given : isObject(given) ? new RawJson(writeJson(given), given) : undefined;
  if (schema === undefined) return undefined;
  format.take('type');
  format.take('schema');
  return {
    kind: 'schema',
    schema,
    ...defined({
      name: format.string('name'),
      description: format.string('description'),
      strict: format.boolean('strict'),
    }),
  };
}

/** Takes what says how the answer's words are drawn. The dialect has few of these; some of its servers take the penalties too. */
export function readSampling(fields: Fields): Sampling {
  return defined({
    temperature: fields.number('temperature'),
    topP: fields.number('top_p'),
    presencePenalty: fields.number('presence_penalty'),
    frequencyPenalty: fields.number('frequency_penalty'),
  });
}

/** Takes what says how much to think, and what of it to show. */
export function readReasoning(fields: Fields): Reasoning | undefined {
  return fields.nested('reasoning', (inner) => {
    const effort = inner.string('effort');
    const summary = inner.string('summary');
    if (effort === undefined && summary === undefined) return undefined;
    const mode = effort === 'none' ? 'off' : effort === undefined ? 'auto' : 'on';
    return {
      mode,
      ...(mode === 'on' && effort !== undefined && { effort }),
      ...(summary !== undefined && { visible: 'summary' as const, summary }),
    };
  });
}

/** Takes what the vendor keeps between requests, or is asked to keep. */
export function readState(fields: Fields): State | undefined {
  const conversation = fields.peek('conversation');
  const id = asString(conversation) ?? (isObject(conversation) ? asString(conversation['id']) : undefined);
  // An object's other fields would be lost with it, so it stays beside its id.
  if (id !== undefined && typeof conversation === 'string') fields.take('conversation');
  const state = defined({
    previousId: fields.string('previous_response_id'),
    conversation: id,
    store: fields.boolean('store'),
    background: fields.boolean('background'),
    truncation: fields.string('truncation'),
  });
  return Object.keys(state).length > 0 ? state : undefined;
}

/** Takes keys and times of prompt caches. */
export function readCaching(fields: Fields): ChatRequest['caching'] {
  const caching = defined({
    key: fields.string('prompt_cache_key'),
    retention: fields.string('prompt_cache_retention'),
  });
  return Object.keys(caching).length > 0 ? caching : undefined;
}

/** Takes the names of whom the request is made for. */
export function readUser(fields: Fields): ChatRequest['user'] {
  const user = defined({ id: fields.string('user'), safetyId: fields.string('safety_identifier') });
  return Object.keys(user).length > 0 ? user : undefined;
}

/** Takes metadata whose values are all texts, as the API wants them. */
export function readMetadata(fields: Fields): ChatRequest['metadata'] {
  const metadata = fields.peek('metadata');
  if (!isObject(metadata) || !Object.values(metadata).every((value) => typeof value === 'string')) return undefined;
  fields.take('metadata');
  return metadata as Record<string, string>;
}
