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
  textOf,
  type Tool,
} from '@tapgate/core';
import { dialectName } from '../dialect-name.ts';
import { readMessages } from './read-messages.ts';
import { readOptions } from './read-options.ts';
import { readTool } from './read-tool.ts';

/** Objects that are never parsed and written again. */
const raw = new Set(['parameters', 'arguments', 'format']);

/** Fields that an answer is as good without: how the model is kept and run. */
const hints = new Set(['keep_alive', 'options', 'truncate', 'shift']);

/** Reads a request for an answer. */
export function readRequest(incoming: Incoming): ChatRequest {
  const rest = { ...readBody(incoming) };
  const take = <T>(name: string, reader: (value: Json) => T | undefined): T | undefined => {
    const value = rest[name];
    const result = value === undefined ? undefined : reader(value);
    if (result !== undefined) delete rest[name];
    return result;
  };
  const model = take('model', (value) => asString(value)) ?? '';
  const stream = take('stream', (value) => (typeof value === 'boolean' ? value : undefined)) ?? true;
  const { instructions, turns } = take('messages', readMessages) ?? { instructions: [], turns: [] };
  const tools = take('tools', readTools);
  const { options } = rest;
  const { sampling, maxTokens, more } = readOptions(options);
  if (isObject(options) && typeof options['stop'] === 'string') rest['$stop'] = 'text';
  if (more === undefined) delete rest['options'];
  else rest['options'] = more;
  return {
    model,
    instructions,
    turns,
    tools: tools ?? [],
    output: defined({
      maxTokens,
      format: take('format', formatOf),
      logprobs: take('logprobs', (value) => (value === true ? true : undefined)),
      topLogprobs: take('top_logprobs', (value) => (typeof value === 'number' ? value : undefined)),
    }),
    sampling,
    ...defined({ reasoning: take('think', thinkingOf) }),
    stream,
    wantUsage: true,
    ext: { [dialectName]: withHints(rest) },
  };
}

function readTools(tools: Json): readonly Tool[] | undefined {
  const isList = isArray(tools) && tools.length > 0 && tools.every(isObject);
  return isList ? tools.map(readTool) : undefined;
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

function withHints(rest: JsonObject): JsonObject {
  const members = Object.entries(rest);
  const helping = members.filter(([name]) => hints.has(name));
  if (helping.length === 0) return rest;
  return { ...Object.fromEntries(members.filter(([name]) => !hints.has(name))), $hints: Object.fromEntries(helping) };
}

/** JSON by a schema, or without one. */
function formatOf(value: Json): Output['format'] | undefined {
  if (value === 'json') return { kind: 'json' };
  return value instanceof RawJson && isObject(value.value) ? { kind: 'schema', schema: value } : undefined;
}

function thinkingOf(value: Json): Reasoning | undefined {
  if (typeof value === 'boolean') return { mode: value ? 'on' : 'off' };
  return typeof value === 'string' && /^(?:low|medium|high|max)$/.test(value)
    ? { mode: 'on', effort: value }
    : undefined;
}
