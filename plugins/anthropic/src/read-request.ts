import {
  asString,
  type ChatRequest,
  coreErrors,
  defined,
  type Incoming,
  isArray,
  isObject,
  type Json,
  type JsonObject,
  JsonSyntax,
  JsonTooDeep,
  type Output,
  RawJson,
  readJson,
  type Reasoning,
  type Sampling,
  textOf,
} from '@tapgate/core';
import { dialectName } from './dialect-name.ts';
import { takeCache } from './own-fields.ts';
import { readTool, readToolChoice } from './read-tools.ts';
import { readSystem, readTurns } from './read-turns.ts';

/** Objects that are never parsed and written again: what a model wrote, and what tells it how to write. */
const raw = new Set(['input', 'input_schema', 'schema']);

/** Reads a request for a message, or for the count of its tokens. */
export function readRequest(incoming: Incoming): ChatRequest {
  const rest = { ...readBody(incoming) };
  const take = (name: string): Json | undefined => {
    const value = rest[name];
    delete rest[name];
    return value;
  };
  /** Takes a member if it can be read; else it stays, to be written back as it came. */
  const read = <T>(name: string, reader: (value: Json) => T | undefined): T | undefined => {
    const value = rest[name];
    const result = value === undefined ? undefined : reader(value);
    if (result !== undefined) delete rest[name];
    return result;
  };
  const model = asString(take('model')) ?? '';
  const stream = take('stream') === true;
  const config = new OutputConfig(take('output_config'));
  return {
    model,
    instructions: read('system', readSystem) ?? [],
    turns: read('messages', (value) => (isArray(value) ? readTurns(value) : undefined)) ?? [],
    tools: read('tools', (value) => (isArray(value) && value.every(isObject) ? value.map(readTool) : undefined)) ?? [],
    ...read('tool_choice', readToolChoice),
    output: defined({ maxTokens: read('max_tokens', numberOf), format: config.format }),
    sampling: readSampling(read),
    ...readReasoning(read('thinking', thinkingOf), config, rest),
    ...readCaching(rest),
    ...defined({ tier: read('service_tier', stringOf), user: readUser(rest) }),
    stream,
    wantUsage: true,
    ext: { [dialectName]: withHints({ ...rest, ...config.rest() }) },
  };
}

/** Fields that an answer is as good without, however they help: what else of `output_config` and `metadata` among them. */
const hints = new Set([
  'context_management',
  'diagnostics',
  'fallbacks',
  'metadata',
  'output_config',
  'speed',
  'cache_control',
]);

function withHints(rest: JsonObject): JsonObject {
  const members = Object.entries(rest);
  const helping = members.filter(([name]) => hints.has(name));
  if (helping.length === 0) return rest;
  return { ...Object.fromEntries(members.filter(([name]) => !hints.has(name))), $hints: Object.fromEntries(helping) };
}

function readBody(incoming: Incoming): JsonObject {
  try {
    const body = readJson(textOf(incoming.body), { raw });
    if (isObject(body)) return body;
    throw coreErrors.BODY_INVALID({ reason: 'expected an object' });
  } catch (error) {
    if (error instanceof JsonSyntax) throw coreErrors.BODY_INVALID({ reason: error.message });
    if (error instanceof JsonTooDeep) throw coreErrors.BODY_TOO_DEEP({ limit: error.maxDepth });
    throw error;
  }
}

function numberOf(value: Json): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function stringOf(value: Json): string | undefined {
  return asString(value);
}

function textsOf(value: Json): readonly string[] | undefined {
  const texts = isArray(value) ? value.map(asString) : [undefined];
  return texts.every((text) => text !== undefined) ? texts : undefined;
}

type Read = <T>(name: string, reader: (value: Json) => T | undefined) => T | undefined;

function readSampling(read: Read): Sampling {
  return defined({
    temperature: read('temperature', numberOf),
    topP: read('top_p', numberOf),
    topK: read('top_k', numberOf),
    stop: read('stop_sequences', textsOf),
  });
}

/** `output_config`: the format and the effort have canonical words, the rest goes back as it came. */
class OutputConfig {
  readonly format: Output['format'];
  readonly effort: string | undefined;
  readonly #rest: Json | undefined;

  constructor(config: Json | undefined) {
    if (!isObject(config)) {
      this.#rest = config;
      return;
    }
    const { format, effort, ...rest } = config;
    this.format = formatOf(format);
    this.effort = asString(effort);
    if (this.format === undefined && format !== undefined) rest['format'] = format;
    if (this.effort === undefined && effort !== undefined) rest['effort'] = effort;
    this.#rest = Object.keys(rest).length === 0 ? undefined : rest;
  }

  rest(): JsonObject {
    return this.#rest === undefined ? {} : { output_config: this.#rest };
  }
}

function formatOf(format: Json | undefined): Output['format'] {
  if (!isObject(format) || format['type'] !== 'json_schema' || Object.keys(format).length !== 2) return undefined;
  const { schema } = format;
  return schema instanceof RawJson ? { kind: 'schema', schema } : undefined;
}

/** The three kinds of thinking that other vendors have too; any other stays as it was written. */
function thinkingOf(thinking: Json): Reasoning | undefined {
  if (!isObject(thinking)) return undefined;
  const { type, budget_tokens: budget, display, ...rest } = thinking;
  if (Object.keys(rest).length > 0) return undefined;
  const visible = display === undefined ? undefined : shown.get(display);
  if (display !== undefined && visible === undefined) return undefined;
  if (type === 'enabled' && typeof budget === 'number')
    return { mode: 'on', budgetTokens: budget, ...defined({ visible }) };
  if (budget !== undefined) return undefined;
  if (type === 'adaptive') return { mode: 'auto', ...defined({ visible }) };
  return type === 'disabled' && display === undefined ? { mode: 'off' } : undefined;
}

const shown = new Map<Json, 'none' | 'summary'>([
  ['omitted', 'none'],
  ['summarized', 'summary'],
]);

/** `$thinking` notes that only the effort was said, or that what was said of thinking stands in `thinking`. */
function readReasoning(
  thinking: Reasoning | undefined,
  config: OutputConfig,
  rest: JsonObject,
): { reasoning?: Reasoning } {
  const { effort } = config;
  if (thinking === undefined && effort === undefined && !isObject(rest['thinking'])) return {};
  if (thinking === undefined) rest['$thinking'] = rest['thinking'] === undefined ? 'unsaid' : 'own';
  return { reasoning: { ...(thinking ?? { mode: 'auto' }), ...defined({ effort }) } };
}

function readCaching(rest: JsonObject): Pick<ChatRequest, 'caching'> {
  const { cache } = takeCache(rest);
  return cache === undefined ? {} : { caching: { auto: cache } };
}

function readUser(rest: JsonObject): ChatRequest['user'] {
  const { metadata } = rest;
  if (!isObject(metadata)) return undefined;
  const { user_id: id, ...more } = metadata;
  if (typeof id !== 'string') return undefined;
  if (Object.keys(more).length === 0) delete rest['metadata'];
  else rest['metadata'] = more;
  return { id };
}
