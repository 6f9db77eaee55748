import {
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
  type ToolChoice,
} from '@tapgate/core';
import { can, listOf } from '../capabilities.ts';
import { chatDialect, ownFields } from '../own.ts';
import { tellForeignDetails } from './foreign-fields.ts';
import type { Losses } from './losses.ts';
import { mark, merged } from './write-content.ts';

/** Writes the tools, which of them to use, and whether side by side. */
export function writeTools(request: ChatRequest, able: Capabilities, losses: Losses): JsonObject {
  if (!can(able, 'tools')) {
    if (request.tools.length > 0) losses.contract('tools', 'it calls no tools');
    return {};
  }
  const choice = chosen(request, able, losses);
  const fields: JsonObject = {};
  for (const tool of choice.tools) writeTool(tool, fields, able, losses);
  if (choice.json !== undefined) fields['tool_choice'] = choice.json;
  const { parallelTools } = request;
  if (parallelTools === undefined) return fields;
  if (can(able, 'parallelTools')) fields['parallel_tool_calls'] = parallelTools;
  else if (!parallelTools) losses.contract('parallel_tool_calls', 'it cannot be kept from calling tools in parallel');
  return fields;
}

function writeTool(tool: Tool, fields: JsonObject, able: Capabilities, losses: Losses): void {
  if (tool.kind === 'hosted' && tool.type === 'web_search_options' && tool.dialect === chatDialect) {
    fields['web_search_options'] = tool.json;
    return;
  }
  if (tool.kind === 'hosted' && tool.dialect !== chatDialect) {
    if (tool.search === true && able['webSearch'] === true) {
      losses.hint(`tools.${tool.type}`, 'its own web search stands in', 'approximated');
      fields['web_search_options'] = {};
    } else losses.contract(`tools.${tool.type}`, `"${tool.type}" is a tool of ${tool.dialect} alone`);
    return;
  }
  const tools = (fields['tools'] ??= []) as Json[];
  const path = `tools[${tools.length}]`;
  tools.push(jsonOf(tool, path, able, losses));
}

function jsonOf(tool: Tool, path: string, able: Capabilities, losses: Losses): Json {
  switch (tool.kind) {
    case 'function':
      return functionTool(tool, path, able, losses);
    case 'custom':
      return customTool(tool, path, able, losses);
    case 'hosted':
      return hostedTool(tool);
  }
}

function hostedTool(tool: HostedTool): Json {
  return tool.json instanceof RawJson ? tool.json : { ...tool.json };
}

function functionTool(tool: FunctionTool, path: string, able: Capabilities, losses: Losses): JsonObject {
  const strict = strictOf(tool, path, able, losses);
  const inner: JsonObject = {
    name: tool.name,
    description: tool.description,
    parameters: tool.schema,
    strict,
  };
  const json: JsonObject = { type: 'function', function: inner };
  tellForeignDetails(tool, path, losses);
  mark(json, tool, path, { able, losses });
  return merged(json, ownFields(tool));
}

function strictOf(tool: FunctionTool, path: string, able: Capabilities, losses: Losses): boolean | undefined {
  if (tool.strict === undefined || can(able, 'strictTools')) return tool.strict;
  if (tool.strict) losses.hint(`${path}.function.strict`, 'it has no strict tools');
  return undefined;
}

/** A tool that takes free text; as a function with that text as its one argument where the target knows only functions. */
function customTool(tool: CustomTool, path: string, able: Capabilities, losses: Losses): JsonObject {
  const { name, description } = tool;
  if (can(able, 'customTools')) {
    return merged({ type: 'custom', custom: { name, description, format: formatOf(tool) } }, ownFields(tool));
  }
  losses.hint(`${path}.custom`, 'a function with one text stands in for it', 'approximated');
  return { type: 'function', function: { name, description, parameters: standInSchema(tool) } };
}

/** This dialect has a grammar's members in an object of their own. */
function formatOf({ format }: CustomTool): JsonObject | undefined {
  const { type, ...grammar } = format ?? {};
  return type === 'grammar' ? { type, grammar } : format;
}

interface Chosen {
  readonly tools: readonly Tool[];
  readonly json?: Json | undefined;
}

/** What the target can be told to choose; where it has no such word, the list of tools says it. */
function chosen(request: ChatRequest, able: Capabilities, losses: Losses): Chosen {
  const { tools, toolChoice } = request;
  if (toolChoice === undefined) return { tools };
  const list = listOf(able, 'toolChoice');
  const words = list === undefined ? undefined : new Set(list);
  switch (toolChoice.mode) {
    case 'auto':
      return { tools, json: words === undefined || words.has('auto') ? 'auto' : undefined };
    case 'required':
      return { tools, json: requiredWord(words, losses) };
    case 'none':
      return words === undefined || words.has('none') ? { tools, json: 'none' } : withoutTools(request, losses);
    case 'named':
      return named(tools, toolChoice, able, words, losses);
    case 'allowed':
      return allowed(tools, toolChoice, words, losses);
    case 'hosted':
      if (toolChoice.dialect === chatDialect) return { tools, json: toolChoice.json };
      losses.contract('tool_choice', `a choice of ${toolChoice.dialect} alone`);
      return { tools };
  }
}

function requiredWord(words: ReadonlySet<string> | undefined, losses: Losses): Json | undefined {
  if (words === undefined || words.has('required')) return 'required';
  if (words.has('any')) return 'any';
  losses.contract('tool_choice', 'it cannot be made to call a tool');
  return undefined;
}

/** Without tools none can be called; but a history of calls needs them. */
function withoutTools(request: ChatRequest, losses: Losses): Chosen {
  const history = request.turns.some((turn) => turn.parts.some((part) => part.kind === 'tool-call'));
  if (!history) return { tools: [] };
  losses.contract('tool_choice', 'it cannot be kept from calling tools');
  return { tools: request.tools };
}

function named(
  tools: readonly Tool[],
  choice: ToolChoice & { readonly mode: 'named' },
  able: Capabilities,
  words: ReadonlySet<string> | undefined,
  losses: Losses,
): Chosen {
  const { name } = choice;
  if (words === undefined || words.has('named')) {
    const member = choice.custom === true && can(able, 'customTools') ? 'custom' : 'function';
    return { tools, json: { type: member, [member]: { name } } };
  }
  const json = requiredWord(words, losses);
  if (json === undefined) return { tools };
  losses.hint('tool_choice', 'only the chosen tool is offered', 'approximated');
  return { tools: tools.filter((tool) => nameOfTool(tool) === name), json };
}

function allowed(
  tools: readonly Tool[],
  choice: ToolChoice & { readonly mode: 'allowed' },
  words: ReadonlySet<string> | undefined,
  losses: Losses,
): Chosen {
  const names = new Set(choice.names);
  if (words === undefined || words.has('allowed')) {
    const entries = choice.names.map((name) => entryOf(name, tools));
    const mode = choice.required ? 'required' : 'auto';
    return { tools, json: { type: 'allowed_tools', allowed_tools: { mode, tools: entries } } };
  }
  losses.hint('tool_choice', 'only the allowed tools are offered', 'approximated');
  const offered = tools.filter((tool) => names.has(nameOfTool(tool) ?? ''));
  return { tools: offered, json: choice.required ? requiredWord(words, losses) : undefined };
}

function entryOf(name: string, tools: readonly Tool[]): JsonObject {
  const member = tools.find((tool) => nameOfTool(tool) === name)?.kind === 'custom' ? 'custom' : 'function';
  return { type: member, [member]: { name } };
}

function nameOfTool(tool: Tool): string | undefined {
  return tool.kind === 'hosted' ? undefined : tool.name;
}
