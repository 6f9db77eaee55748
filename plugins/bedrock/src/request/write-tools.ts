import {
  type ChatRequest,
  type CustomTool,
  defined,
  type FunctionTool,
  type HostedTool,
  isObject,
  type Json,
  type JsonObject,
  type Tool,
  type ToolChoice,
  standInSchema,
} from '@tapgate/core';
import { dialectName } from '../dialect-name.ts';
import { toolNames } from '../tool-names.ts';
import { ownMembers } from '../own-fields.ts';
import { cachePoint } from './cache-points.ts';
import type { WireCall } from './call-ids.ts';
import { listOf, type Writing } from './writing.ts';

const MAX_NAME = 64;

/** The tools, and which of them to call where that was said. */
export interface ToolConfig {
  readonly tools: readonly JsonObject[];
  readonly toolChoice?: JsonObject;
}

/**
 * The tools and which of them to call. A conversation with calls needs their tools, whether or not they may be called
 * again; `calls` are those of its history.
 *
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolConfiguration.html
 */
export function writeToolConfig(
  request: ChatRequest,
  calls: readonly WireCall[],
  writing: Writing,
): ToolConfig | undefined {
  const offered = offer(request, writing);
  const tools = offered.flatMap((tool, index) => writeTool(tool, `tools[${index}]`, writing));
  if (isNoneWanted(request)) {
    if (calls.length === 0) return undefined;
    writing.additional['tool_choice'] = { type: 'none' };
    return { tools: tools.length > 0 ? tools : standIns(calls, writing) };
  }
  return tools.length === 0 ? undefined : { tools, ...defined({ toolChoice: choiceOf(request, writing) }) };
}

/** No tool may be called: the client said so, or gave none. */
export function isNoneWanted({ tools, toolChoice }: ChatRequest): boolean {
  return tools.length === 0 || toolChoice?.mode === 'none';
}

/** The tools that may be called: where one alone is asked for and cannot be named, that one. */
function offer({ tools, toolChoice }: ChatRequest, { able, losses }: Writing): readonly Tool[] {
  const only = (names: ReadonlySet<string>): readonly Tool[] =>
    tools.filter((tool) => tool.kind === 'hosted' || names.has(tool.name));
  if (toolChoice?.mode === 'allowed') {
    losses.hint('tool_choice', 'only the allowed tools are sent', 'approximated');
    return only(new Set(toolChoice.names));
  }
  const choices = listOf(able, 'toolChoice');
  if (toolChoice?.mode !== 'named' || choices === undefined || choices.includes('tool') || !choices.includes('any'))
    return tools;
  losses.hint('tool_choice', 'only the named tool is sent', 'approximated');
  return only(new Set([toolChoice.name]));
}

function writeTool(tool: Tool, path: string, writing: Writing): readonly JsonObject[] {
  const { able, losses } = writing;
  if (tool.kind === 'hosted') return writeHosted(tool, path, writing);
  if (able['tools'] === false) {
    losses.contract('tools', 'the model has no tools');
    return [];
  }
  const name = toolNames.legal(tool.name);
  if (name.length > MAX_NAME) {
    losses.contract(`${path}.name`, `a tool's name has at most ${MAX_NAME} characters`);
    return [];
  }
  const description = tool.description === '' ? undefined : tool.description;
  if (tool.kind === 'custom') return [{ toolSpec: { name, description, ...writeCustom(tool, path, writing) } }];
  const spec = { name, description, ...writeFunction(tool, path, writing), ...ownMembers(tool) };
  const point = able['cachedTools'] === false ? undefined : cachePoint(tool.cache, path, writing);
  return point === undefined ? [{ toolSpec: spec }] : [{ toolSpec: spec }, point];
}

function writeFunction(tool: FunctionTool, path: string, { able, losses }: Writing): JsonObject {
  const isStrict = tool.strict === true && able['jsonSchema'] === false ? undefined : tool.strict;
  if (isStrict !== tool.strict) losses.hint(`${path}.strict`, 'the model cannot be held to a schema');
  return { inputSchema: { json: lawfulSchema(tool, path, losses) }, strict: isStrict };
}

/** A schema of the only kind that models here take: an object's, with nothing combined at its top. */
function lawfulSchema({ schema }: FunctionTool, path: string, losses: Writing['losses']): Json {
  if (schema === undefined || !isObject(schema.value)) return { type: 'object', properties: {} };
  const { oneOf, anyOf, allOf, ...plain } = schema.value;
  const isCombined = [oneOf, anyOf, allOf].some((part) => part !== undefined);
  if (isCombined) losses.contract(`${path}.parameters`, 'a schema combines nothing at its top', 'approximated');
  if (!isCombined && plain['type'] === 'object') return schema;
  return { ...plain, type: 'object' };
}

/** A tool that takes free text: a function with one text, which whoever reads the answer takes out again. */
function writeCustom(tool: CustomTool, path: string, { losses }: Writing): JsonObject {
  losses.hint(path, 'a function with one text stands in for it', 'approximated');
  return { inputSchema: { json: standInSchema(tool) } };
}

function writeHosted(tool: HostedTool, path: string, { losses }: Writing): readonly JsonObject[] {
  if (tool.dialect === dialectName && isObject(tool.json)) return [tool.json];
  losses.contract(path, `"${tool.type}" is run by another vendor`);
  return [];
}

/** Stand-ins for the tools that a conversation's calls are of, each once. */
function standIns(calls: readonly WireCall[], { losses }: Writing): readonly JsonObject[] {
  losses.hint('tools', 'the conversation has calls, so it needs their tools', 'synthesised');
  const names = new Set(calls.map(({ name }) => toolNames.legal(name)));
  return [...names].map((name) => ({
    toolSpec: { name, inputSchema: { json: { type: 'object', properties: {} } } },
  }));
}

function choiceOf(request: ChatRequest, writing: Writing): JsonObject | undefined {
  const { toolChoice, parallelTools } = request;
  const choice = toolChoice === undefined ? undefined : chosen(toolChoice, writing);
  if (parallelTools === undefined) return choice;
  if (writing.able['parallelTools'] !== true) {
    if (!parallelTools) writing.losses.contract('parallel_tool_calls', 'the model may call several tools at once');
    return choice;
  }
  if (parallelTools) return choice;
  // The model's own word for the choice has room for this, and then has to say all of it.
  writing.additional['tool_choice'] = { ...claudeChoice(choice), disable_parallel_tool_use: true };
  return undefined;
}

function claudeChoice(choice: JsonObject | undefined): JsonObject {
  const named = choice?.['tool'];
  if (isObject(named)) return { type: 'tool', name: named['name'] };
  return { type: choice !== undefined && 'any' in choice ? 'any' : 'auto' };
}

function chosen(choice: ToolChoice, { able, losses }: Writing): JsonObject | undefined {
  const choices = listOf(able, 'toolChoice') ?? ['auto', 'any', 'tool'];
  switch (choice.mode) {
    case 'auto':
      return { auto: {} };
    case 'named':
      if (choices.includes('tool')) return { tool: { name: toolNames.legal(choice.name) } };
      break;
    case 'allowed':
      if (!choice.required) return { auto: {} };
      break;
    case 'hosted':
      losses.contract('tool_choice', 'it names a tool of another vendor');
      return undefined;
    default:
  }
  if (choices.includes('any')) return { any: {} };
  losses.contract('tool_choice', 'the model cannot be made to call a tool');
  return undefined;
}
