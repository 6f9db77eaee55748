import { type ChatRequest, defined, isObject, type JsonObject, type Tool, standInSchema } from '@tapgate/core';
import { dialectName } from '../dialect-name.ts';
import { ownMembers, ownOf } from '../own-fields.ts';
import type { Writing } from './writing.ts';

/**
 * The tools. A model is never made to call one; it is kept from it by not being shown any.
 *
 * @see https://docs.ollama.com/capabilities/tool-calling
 */
export function writeTools(request: ChatRequest, writing: Writing): readonly JsonObject[] {
  const { losses } = writing;
  const tools = offer(request, writing).flatMap((tool, index) => writeTool(tool, `tools[${index}]`, writing));
  if (tools.length > 0 && request.parallelTools === false)
    losses.contract('parallel_tool_calls', 'the model may call several tools at once');
  return tools;
}

function offer({ tools, toolChoice }: ChatRequest, { losses }: Writing): readonly Tool[] {
  switch (toolChoice?.mode) {
    case 'none':
      return [];
    case 'required':
      losses.contract('tool_choice', 'no model can be made to call a tool');
      return tools;
    case 'named':
      losses.contract('tool_choice', 'no model can be made to call a tool', 'approximated');
      return only(tools, [toolChoice.name]);
    case 'allowed':
      if (toolChoice.required) losses.contract('tool_choice', 'no model can be made to call a tool', 'approximated');
      else losses.hint('tool_choice', 'only the tools that may be called are sent', 'approximated');
      return only(tools, toolChoice.names);
    case 'hosted':
      losses.contract('tool_choice', 'it names a tool of another vendor');
      return tools;
    default:
      return tools;
  }
}

function only(tools: readonly Tool[], names: readonly string[]): readonly Tool[] {
  return tools.filter((tool) => tool.kind === 'hosted' || names.includes(tool.name));
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
  const head = defined({ name: tool.name, description: tool.description });
  if (tool.kind === 'function') {
    if (tool.cache !== undefined) losses.hint(`${path}.cache_control`, 'its cache needs no marks');
    if (tool.strict === true) losses.hint(`${path}.strict`, 'arguments are not held against their schema');
    const more = ownOf(tool)?.['$function'];
    const parameters = tool.schema ?? (own ? undefined : { type: 'object', properties: {} });
    const called = { ...head, ...defined({ parameters }), ...(isObject(more) ? more : {}) };
    const type = ownOf(tool)?.['$type'] === false ? {} : { type: 'function' };
    return [{ ...type, function: called, ...ownMembers(tool) }];
  }
  losses.hint(path, 'a function with one text stands in for it', 'approximated');
  return [{ type: 'function', function: { ...head, parameters: standInSchema(tool) } }];
}
