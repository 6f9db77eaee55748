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
  type ToolChoice,
} from '@tapgate/core';
import { dialectName } from '../dialect-name.ts';
import { readMessages } from './read-messages.ts';
import { readTool } from './read-tool.ts';

/** Objects that are never parsed and written again. */
const raw = new Set(['parameters', 'json_schema', 'schema']);

/** Reads a request for an answer. */
export function readRequest(incoming: Incoming): ChatRequest {
  const rest = { ...readBody(incoming) };
  const take = <T>(name: string, reader: (value: Json) => T | undefined): T | undefined => {
    const value = rest[name];
    const result = value === undefined ? undefined : reader(value);
    if (result !== undefined) delete rest[name];
    return result;
  };
  const model = take('model', stringOf) ?? '';
  const stream = take('stream', (value) => (typeof value === 'boolean' ? value : undefined)) ?? false;
  const { instructions, turns } = take('messages', readMessages) ?? { instructions: [], turns: [] };
  const tools = take('tools', readTools);
  return {
    model,
    instructions,
    turns,
    tools: tools ?? [],
    ...defined({ toolChoice: take('tool_choice', choiceOf) }),
    output: defined({
      maxTokens: take('max_tokens', numberOf),
      format: take('response_format', formatOf),
      logprobs: take('logprobs', (value) => (value === true ? true : undefined)),
    }),
    sampling: defined({
      temperature: take('temperature', numberOf),
      topP: take('p', numberOf),
      topK: take('k', numberOf),
      seed: take('seed', numberOf),
      presencePenalty: take('presence_penalty', numberOf),
      frequencyPenalty: take('frequency_penalty', numberOf),
      stop: take('stop_sequences', textsOf),
    }),
    ...defined({ reasoning: take('thinking', thinkingOf) }),
    stream,
    wantUsage: true,
    ext: { [dialectName]: rest },
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

function stringOf(value: Json): string | undefined {
  return asString(value);
}

function numberOf(value: Json): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function textsOf(value: Json): readonly string[] | undefined {
  const texts = isArray(value) && value.length > 0 ? value.map(asString) : [undefined];
  return texts.every((text) => text !== undefined) ? texts : undefined;
}

function choiceOf(value: Json): ToolChoice | undefined {
  if (value === 'REQUIRED') return { mode: 'required' };
  return value === 'NONE' ? { mode: 'none' } : undefined;
}

/** JSON by a schema, or without one. The schema stands under either of two names. */
function formatOf(value: Json): Output['format'] | undefined {
  if (!isObject(value) || value['type'] !== 'json_object') return undefined;
  const members = Object.keys(value);
  if (members.length === 1) return { kind: 'json' };
  const { json_schema: schema } = value;
  return schema instanceof RawJson && members.length === 2 ? { kind: 'schema', schema } : undefined;
}

function thinkingOf(value: Json): Reasoning | undefined {
  if (!isObject(value)) return undefined;
  const { type, token_budget: budget, ...rest } = value;
  if (Object.keys(rest).length > 0 || (budget !== undefined && typeof budget !== 'number')) return undefined;
  if (type === 'disabled' && budget === undefined) return { mode: 'off' };
  return type === 'enabled' ? { mode: 'on', ...defined({ budgetTokens: budget }) } : undefined;
}
