import {
  asNumber,
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
  textOf,
  type Turn,
} from '@tapgate/core';
import { dialectName } from '../dialect-name.ts';
import { errors } from '../errors.ts';
import { modelInPath } from '../model-path.ts';
import { ownFields } from '../own-fields.ts';
import { isNothing } from './is-nothing.ts';
import { opaqueBlock, readBlocks } from './read-block.ts';
import { readToolChoice, readTools } from './read-tools.ts';

/** Objects that are never parsed and written again: what a model wrote, and what tells it how to write. */
const raw = new Set(['input', 'json']);

/** Reads a request. No client of the gateway speaks this dialect; recordings do. */
export function readRequest(incoming: Incoming): ChatRequest {
  const { messages, system, inferenceConfig, toolConfig, outputConfig, serviceTier, ...rest } = readBody(incoming);
  const config = readInference(inferenceConfig);
  const tools = readToolConfig(toolConfig);
  const format = formatOf(outputConfig);
  if (format === undefined && outputConfig !== undefined) rest['outputConfig'] = outputConfig;
  const tier = isObject(serviceTier) ? asString(serviceTier['type']) : undefined;
  if (isArray(system) && system.length === 0) rest['system'] = system;
  return {
    model: modelInPath(incoming.path),
    instructions: isArray(system) ? readSystem(system) : [],
    turns: isArray(messages) ? messages.flatMap(readMessage) : [],
    tools: tools.tools,
    ...defined({ toolChoice: tools.toolChoice }),
    output: defined({ maxTokens: config.maxTokens, format }),
    sampling: config.sampling,
    ...defined({ tier }),
    stream: incoming.path.endsWith('-stream'),
    wantUsage: true,
    ext: { [dialectName]: { ...rest, ...config.rest, ...tools.rest } },
  };
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

function readSystem(system: readonly Json[]): ChatRequest['instructions'] {
  return readBlocks(system).map((part, index) => {
    if (part.kind === 'text') return { ...part, role: 'system' };
    return part.kind === 'media' || part.kind === 'opaque' ? part : opaqueBlock(system[index] ?? null);
  });
}

/** A message. One that holds tools' results and more becomes a turn for each. */
function readMessage(message: Json, index: number): readonly Turn[] {
  const path = `messages[${index}]`;
  if (!isObject(message)) throw errors.MESSAGE_INVALID({ path }, { param: path });
  const { role, content, ...rest } = message;
  const parts = isArray(content) ? readBlocks(content) : [];
  const own = { path, ...ownFields(rest) };
  if (role === 'assistant') return [{ role, parts, ...own }];
  const results = parts.filter((part) => part.kind === 'tool-result');
  const others = parts.filter((part) => part.kind !== 'tool-result');
  return [
    ...(results.length > 0 ? [{ role: 'tool' as const, parts: results, ...own }] : []),
    ...(others.length > 0 || results.length === 0 ? [{ role: 'user' as const, parts: others, ...own }] : []),
  ];
}

/** What it says in other members, or in none, goes back as it came. */
function readInference(config: Json | undefined): Pick<ChatRequest, 'sampling'> & {
  readonly maxTokens: number | undefined;
  readonly rest: JsonObject;
} {
  const { maxTokens, temperature, topP, stopSequences, ...rest } = isObject(config) ? config : {};
  const stop = isArray(stopSequences) ? stopSequences.map(asString) : [];
  const isEmpty = isObject(config) && isNothing(config);
  return {
    maxTokens: asNumber(maxTokens),
    sampling: defined({
      temperature: asNumber(temperature),
      topP: asNumber(topP),
      stop: stop.length > 0 ? stop.filter((text) => text !== undefined) : undefined,
    }),
    rest: isEmpty || !isNothing(rest) ? { inferenceConfig: rest } : {},
  };
}

function readToolConfig(config: Json | undefined): Pick<ChatRequest, 'tools'> & {
  readonly toolChoice: ChatRequest['toolChoice'];
  readonly rest: JsonObject;
} {
  const { tools, toolChoice, ...rest } = isObject(config) ? config : {};
  return {
    tools: isArray(tools) ? readTools(tools) : [],
    toolChoice: readToolChoice(toolChoice),
    rest: isNothing(rest) ? {} : { toolConfig: rest },
  };
}

/** The schema stands there as a text, and stays that text. */
function formatOf(config: Json | undefined): Output['format'] {
  const { textFormat, ...rest } = isObject(config) ? config : {};
  const structure = isObject(textFormat) && textFormat['type'] === 'json_schema' ? textFormat['structure'] : undefined;
  const definition = isObject(structure) ? structure['jsonSchema'] : undefined;
  if (!isObject(definition) || !isNothing(rest)) return undefined;
  const text = asString(definition['schema']);
  const value = text === undefined ? undefined : parsed(text);
  if (text === undefined || value === undefined) return undefined;
  const { name, description } = definition;
  return {
    kind: 'schema',
    schema: new RawJson(text, value),
    ...defined({ name: asString(name), description: asString(description) }),
  };
}

function parsed(text: string): Json | undefined {
  try {
    return readJson(text);
  } catch {
    return undefined;
  }
}
