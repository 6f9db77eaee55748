import {
  isObject,
  RawJson,
  standInSchema,
  type Capabilities,
  type ChatRequest,
  type CustomTool,
  type FunctionTool,
  type HostedTool,
  type Json,
  type JsonObject,
  type Tool,
} from '@tapgate/core';
import { can } from '../chat/capabilities.ts';
import type { Losses } from '../chat/request/losses.ts';
import { dialectName } from './names.ts';
import { gathered, type WrittenTool } from './namespaces.ts';
import { fieldsOf, notesOf } from './own.ts';

interface ToolContext {
  /** The request came in this dialect. */
  readonly own: boolean;
  readonly able: Capabilities;
  readonly losses: Losses;
}

/** The list of tools; empty where there are none. */
export function writeTools(tools: readonly Tool[], context: ToolContext): readonly Json[] {
  const written = tools.map((tool, index) => ({ tool, json: writeTool(tool, `tools[${index}]`, context) }));
  return gathered(written.filter((one): one is WrittenTool => one.json !== undefined));
}

function writeTool(tool: Tool, path: string, context: ToolContext): Json | undefined {
  switch (tool.kind) {
    case 'function':
      return writeFunction(tool, path, context);
    case 'custom':
      return writeCustom(tool, path, context);
    case 'hosted':
      return writeHosted(tool, path, context);
  }
}

/** The chat dialects take a tool for not strict unless told, this one tries to be strict: it is always said. */
function writeFunction(tool: FunctionTool, path: string, { own, losses }: ToolContext): JsonObject {
  const { description, schema, strict, cache } = tool;
  const { $name: name = tool.name } = notesOf(tool);
  if (cache !== undefined) losses.hint(`${path}.cache_control`, 'it chooses by itself what it caches');
  const said = notesOf(tool).$strict === undefined ? { strict: strict ?? false } : {};
  const parameters = schema ?? (own ? undefined : { type: 'object', properties: {} });
  return {
    type: 'function',
    name,
    ...(description !== undefined && { description }),
    ...(parameters !== undefined && { parameters }),
    ...(own && strict === undefined ? {} : said),
    ...fieldsOf(tool),
  };
}

/** A tool of free text; a function with one text where the target knows only functions. */
function writeCustom(tool: CustomTool, path: string, { able, losses }: ToolContext): JsonObject {
  const { description, format } = tool;
  const { $name: name = tool.name } = notesOf(tool);
  const said = { name, ...(description !== undefined && { description }) };
  if (can(able, 'customTools'))
    return { type: 'custom', ...said, ...(format !== undefined && { format }), ...fieldsOf(tool) };
  losses.hint(path, 'a function with one text stands in for it', 'approximated');
  return { type: 'function', ...said, parameters: standInSchema(tool), strict: false };
}

/** Of the tools that a vendor runs only the search of the web has a counterpart elsewhere. */
function writeHosted(tool: HostedTool, path: string, { able, losses }: ToolContext): Json | undefined {
  if (tool.search && !can(able, 'webSearch')) {
    losses.contract(path, 'it cannot search the web');
    return undefined;
  }
  if (tool.dialect === dialectName) return tool.json;
  if (tool.search) {
    losses.hint(path, 'it searches in its own way', 'approximated');
    return { type: 'web_search' };
  }
  losses.contract(path, `"${tool.type}" is known to ${tool.dialect} alone`);
  return undefined;
}

/** Which tool must, may or may not be used. */
export function writeToolChoice(
  { toolChoice, tools }: ChatRequest,
  { able, losses }: Pick<ToolContext, 'able' | 'losses'>,
): Json | undefined {
  if (toolChoice === undefined) return undefined;
  switch (toolChoice.mode) {
    case 'named':
      return { type: typeOf(toolChoice.custom === true, able), name: toolChoice.name };
    case 'allowed': {
      const mode = toolChoice.required ? 'required' : 'auto';
      return {
        type: 'allowed_tools',
        mode,
        tools: toolChoice.names.map((name) => ({ type: typeOf(isCustom(name, tools), able), name })),
      };
    }
    case 'hosted': {
      if (toolChoice.dialect === dialectName) return toolChoice.json;
      losses.contract('tool_choice', `it is known to ${toolChoice.dialect} alone`);
      return undefined;
    }
    default:
      return toolChoice.mode;
  }
}

function typeOf(custom: boolean, able: Capabilities): 'custom' | 'function' {
  return custom && can(able, 'customTools') ? 'custom' : 'function';
}

function isCustom(name: string, tools: readonly Tool[]): boolean {
  return tools.some((tool) => tool.kind === 'custom' && tool.name === name);
}

/** A schema's value, whether it came as text or was read. */
export function valueOf(json: RawJson | JsonObject): JsonObject {
  const value = json instanceof RawJson ? json.value : json;
  return isObject(value) ? value : {};
}
