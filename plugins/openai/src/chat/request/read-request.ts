import {
  type Body,
  type ChatRequest,
  coreErrors,
  defined,
  type Incoming,
  isObject,
  type Json,
  type JsonObject,
  JsonSyntax,
  JsonTooDeep,
  type Output,
  type OutputFormat,
  readJson,
  type Sampling,
  textOf,
} from '@tapgate/core';
import { Fields } from '../fields.ts';
import { extOf } from '../own.ts';
import { takeCacheMark } from './read-content.ts';
import { invalid, readMessages } from './read-messages.ts';
import { readReasoning } from './read-reasoning.ts';
import { readToolChoice, readTools, takeRaw } from './read-tools.ts';

/** Schemas and arguments keep their text: the order of keys and the digits of numbers are part of what they say. */
const raw: ReadonlySet<string> = new Set(['parameters', 'schema', 'arguments']);

/** Reads a request for a chat completion. Throws `BODY_INVALID` for what is no request of this dialect. */
export function readRequest(incoming: Incoming): ChatRequest {
  const fields = new Fields(readObject(incoming.body));
  const model = fields.string('model') ?? '';
  const conversation = readMessages(fields.take('messages'));
  const tools = readTools(fields);
  const { form, ...reasoning } = readReasoning(fields) ?? { form: undefined };
  const notes = defined({ $reasoningIn: form, $maxTokens: maxTokensName(fields) });
  const request = {
    model,
    ...conversation,
    tools,
    output: readOutput(fields),
    sampling: readSampling(fields),
    ...reasoning,
    ...defined({
      toolChoice: readToolChoice(fields),
      parallelTools: fields.boolean('parallel_tool_calls'),
      caching: readCaching(fields),
      tier: fields.string('service_tier'),
      user: someOf(defined({ id: fields.string('user'), safetyId: fields.string('safety_identifier') })),
      metadata: readMetadata(fields),
      state: someOf(defined({ store: fields.boolean('store') })),
    }),
    stream: fields.boolean('stream') ?? false,
    wantUsage: takeWantUsage(fields),
  };
  const { ext = {} } = extOf(fields.rest(), notes);
  return { ...request, ext };
}

/** The JSON object that a body is. */
export function readObject(body: Body): JsonObject {
  const text = textOf(body);
  let value: Json;
  try {
    value = readJson(text.startsWith('\uFEFF') ? text.slice(1) : text, { raw });
  } catch (error) {
    if (error instanceof JsonTooDeep) throw coreErrors.BODY_TOO_DEEP({ limit: error.maxDepth }, { cause: error });
    if (error instanceof JsonSyntax) throw coreErrors.BODY_INVALID({ reason: error.message }, { cause: error });
    throw error;
  }
  if (!isObject(value)) throw invalid('body', 'an object');
  return value;
}

function someOf<T extends object>(object: T): T | undefined {
  return Object.keys(object).length === 0 ? undefined : object;
}

function maxTokensName(fields: Fields): 'max_completion_tokens' | undefined {
  return typeof fields.peek('max_completion_tokens') === 'number' ? 'max_completion_tokens' : undefined;
}

function readOutput(fields: Fields): Output {
  const legacyMax = fields.number('max_tokens');
  return defined({
    format: readFormat(fields),
    maxTokens: fields.number('max_completion_tokens') ?? legacyMax,
    modalities: readTexts(fields, 'modalities'),
    n: fields.number('n'),
    logprobs: fields.boolean('logprobs'),
    topLogprobs: fields.number('top_logprobs'),
    verbosity: fields.string('verbosity'),
  });
}

function readFormat(fields: Fields): OutputFormat | undefined {
  const format = fields.peek('response_format');
  const type = isObject(format) ? format['type'] : undefined;
  if (type === 'json_schema') return readSchemaFormat(fields);
  if (type !== 'text' && type !== 'json_object') return undefined;
  fields.nested('response_format', (inner) => inner.take('type'));
  return type === 'text' ? { kind: 'text' } : { kind: 'json' };
}

function readSchemaFormat(fields: Fields): OutputFormat | undefined {
  return fields.nested('response_format', (outer) =>
    outer.nested('json_schema', (inner): OutputFormat | undefined => {
      const schema = takeRaw(inner, 'schema');
      if (schema === undefined) return undefined;
      outer.take('type');
      const rest = {
        name: inner.string('name'),
        description: inner.string('description'),
        strict: inner.boolean('strict'),
      };
      return { kind: 'schema', schema, ...defined(rest) };
    }),
  );
}

function readSampling(fields: Fields): Sampling {
  return defined({
    temperature: fields.number('temperature'),
    topP: fields.number('top_p'),
    topK: fields.number('top_k'),
    minP: fields.number('min_p'),
    presencePenalty: fields.number('presence_penalty'),
    frequencyPenalty: fields.number('frequency_penalty'),
    repetitionPenalty: fields.number('repetition_penalty'),
    seed: fields.number('seed'),
    stop: readStop(fields),
    logitBias: fields.object('logit_bias'),
  });
}

function readStop(fields: Fields): readonly string[] | undefined {
  const stop = fields.string('stop');
  return stop === undefined ? readTexts(fields, 'stop') : [stop];
}

function readTexts(fields: Fields, name: string): readonly string[] | undefined {
  const list = fields.peek(name);
  if (!Array.isArray(list) || !list.every((item) => typeof item === 'string')) return undefined;
  fields.take(name);
  return list;
}

function readCaching(fields: Fields): ChatRequest['caching'] {
  const caching = {
    key: fields.string('prompt_cache_key'),
    retention: fields.string('prompt_cache_retention'),
    auto: takeCacheMark(fields),
  };
  return someOf(defined(caching));
}

function readMetadata(fields: Fields): Readonly<Record<string, string>> | undefined {
  const metadata = fields.peek('metadata');
  if (!isObject(metadata) || !Object.values(metadata).every((value) => typeof value === 'string')) return undefined;
  fields.take('metadata');
  return metadata as Readonly<Record<string, string>>;
}

function takeWantUsage(fields: Fields): boolean {
  return fields.nested('stream_options', (inner) => inner.boolean('include_usage')) ?? false;
}
