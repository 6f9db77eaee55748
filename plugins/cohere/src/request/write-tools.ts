import {
  type ChatRequest,
  type FunctionTool,
  isObject,
  type JsonObject,
  type Tool,
  standInSchema,
} from '@tapgate/core';
import { dialectName } from '../dialect-name.ts';
import { toolNames } from '../tool-names.ts';
import { ownMembers, ownOf } from '../own-fields.ts';
import type { Writing } from './writing.ts';

/** The tools and which of them to call. */
export interface Offered {
  readonly tools?: readonly JsonObject[];
  readonly tool_choice?: 'REQUIRED' | 'NONE';
  readonly strict_tools?: true;
}

/** @see https://docs.cohere.com/docs/tool-use-overview */
export function writeTools(request: ChatRequest, writing: Writing): Offered {
  const { toolChoice } = request;
  const tools = offer(request, writing).flatMap((tool, index) => writeTool(tool, `tools[${index}]`, writing));
  if (tools.length === 0) return writing.own ? choiceOf(toolChoice, writing) : {};
  if (request.parallelTools === false)
    writing.losses.contract('parallel_tool_calls', 'the model may call several tools at once');
  return { tools, ...choiceOf(toolChoice, writing), ...strictOf(request.tools, writing) };
}

/** The tools that may be called: one alone where it is the one to call, because a choice names none. */
function offer({ tools, toolChoice }: ChatRequest, { losses }: Writing): readonly Tool[] {
  if (toolChoice?.mode !== 'named' && toolChoice?.mode !== 'allowed') return tools;
  losses.hint('tool_choice', 'only the tools that may be called are sent', 'approximated');
  const names = new Set(toolChoice.mode === 'named' ? [toolChoice.name] : toolChoice.names);
  return tools.filter((tool) => tool.kind === 'hosted' || names.has(tool.name));
}

function choiceOf(choice: ChatRequest['toolChoice'], { losses }: Writing): Pick<Offered, 'tool_choice'> {
  switch (choice?.mode) {
    case 'required':
    case 'named':
      return { tool_choice: 'REQUIRED' };
    case 'none':
      return { tool_choice: 'NONE' };
    case 'allowed':
      return choice.required ? { tool_choice: 'REQUIRED' } : {};
    case 'hosted':
      losses.contract('tool_choice', 'it names a tool of another vendor');
      return {};
    default:
      return {};
  }
}

/** All tools are strict here, or none is. */
function strictOf(tools: readonly Tool[], { own, losses }: Writing): Pick<Offered, 'strict_tools'> {
  const strict = tools.filter((tool) => tool.kind === 'function' && tool.strict === true);
  if (own || strict.length === 0) return {};
  if (strict.length === tools.length) return { strict_tools: true };
  losses.hint('tools.strict', 'all tools are strict, or none is');
  return {};
}

function writeTool(tool: Tool, path: string, writing: Writing): readonly JsonObject[] {
  const { able, own, losses } = writing;
  if (tool.kind === 'hosted') {
    if (tool.dialect === dialectName && isObject(tool.json)) return [tool.json];
    losses.contract(path, `"${tool.type}" is run by another vendor`);
    return [];
  }
  if (able['tools'] === false && !own) {
    losses.contract('tools', 'the model has no tools');
    return [];
  }
  const head = { name: toolNames.legal(tool.name), description: tool.description };
  if (tool.kind === 'function') {
    if (tool.cache !== undefined) losses.hint(`${path}.cache_control`, 'its cache needs no marks');
    const more = ownOf(tool)?.['$function'];
    const called = { ...head, parameters: parametersOf(tool, own), ...(isObject(more) ? more : {}) };
    return [{ type: 'function', function: called, ...ownMembers(tool) }];
  }
  losses.hint(path, 'a function with one text stands in for it', 'approximated');
  return [{ type: 'function', function: { ...head, parameters: standInSchema(tool) } }];
}

function parametersOf({ schema }: FunctionTool, own: boolean): FunctionTool['schema'] | JsonObject {
  return schema ?? (own ? undefined : { type: 'object', properties: {} });
}
