import {
  type Capabilities,
  type ChatRequest,
  type CustomTool,
  defined,
  type FunctionTool,
  type HostedTool,
  isArray,
  isObject,
  type JsonObject,
  RawJson,
  type Tool,
  type ToolChoice,
  standInSchema,
} from '@tapgate/core';
import { dialectName } from '../dialect-name.ts';
import { ownOf, withOwn } from '../own-fields.ts';
import { maxNameLength, toolNames } from '../tool-names.ts';
import type { Losses } from './losses.ts';
import { parametersOf } from './write-settings.ts';

/** The tools: all functions in one entry, where the first of them stands, and each of the vendor's own in one of its own. */
export function writeTools(
  request: ChatRequest,
  able: Capabilities,
  losses: Losses,
): readonly JsonObject[] | undefined {
  const functionDeclarations: JsonObject[] = [];
  const entries: JsonObject[] = [];
  for (const [index, tool] of request.tools.entries()) {
    const at = `tools[${index}]`;
    if (tool.kind === 'hosted') {
      const entry = writeHosted(tool, at, losses);
      if (able['hostedWithTools'] === false && tool.dialect !== dialectName && request.tools.some(isCallable)) {
        losses.contract(at, 'this model searches only where it has no functions to call');
        continue;
      }
      if (entry !== undefined) entries.push(entry);
      continue;
    }
    if (functionDeclarations.length === 0) entries.push({ functionDeclarations });
    functionDeclarations.push(
      tool.kind === 'custom' ? writeCustom(tool, at, losses) : writeFunction(tool, at, able, losses),
    );
  }
  return entries.length === 0 ? undefined : entries;
}

function writeFunction(tool: FunctionTool, at: string, able: Capabilities, losses: Losses): JsonObject {
  const own = ownOf(tool);
  losses.foreign(tool.ext);
  if (tool.strict === true)
    losses.hint('strict', 'this API holds a call to its schema as well as it can, and cannot be told to');
  if (tool.cache !== undefined) losses.hint('cache_control', 'this API caches by itself');
  const declaration = defined({
    name: nameOf(tool.name, at, losses),
    description: tool.description,
    ...parametersOf(tool.schema, own['$parameters'], `${at}.parameters`, able, losses),
  });
  return withOwn(declaration, own);
}

/** A tool whose argument is free text becomes a function of one text; the client's dialect unwraps it again. */
function writeCustom(tool: CustomTool, at: string, losses: Losses): JsonObject {
  losses.hint(at, 'a function with one text stands in for it', 'approximated');
  return defined({
    name: nameOf(tool.name, at, losses),
    description: tool.description,
    parametersJsonSchema: standInSchema(tool),
  });
}

function nameOf(name: string, at: string, losses: Losses): string {
  const written = toolNames.legal(name);
  if (written.length > maxNameLength) losses.contract(`${at}.name`, `this API takes up to ${maxNameLength} letters`);
  return written;
}

/** Limits of a search that this API cannot keep: what they keep out would come in. */
const limits = ['allowed_domains', 'blocked_domains', 'filters'];
/** Wishes of a search that this API does not hear. */
const wishes = ['max_uses', 'search_context_size', 'user_location'];

function writeHosted(tool: HostedTool, at: string, losses: Losses): JsonObject | undefined {
  const json = tool.json instanceof RawJson ? tool.json.value : tool.json;
  if (tool.dialect === dialectName && isObject(json)) return json;
  if (tool.search !== true) {
    losses.contract(at, `"${tool.type}" is run by the vendor it comes from`);
    return undefined;
  }
  const limited = isObject(json) ? limits.filter((name) => isSaid(json[name])) : [];
  for (const name of limited) losses.contract(`${at}.${name}`, "this API's search takes no such limit");
  const wished = isObject(json) ? wishes.filter((name) => isSaid(json[name])) : [];
  for (const name of wished) losses.hint(`${at}.${name}`, "this API's search takes no such wish");
  return { googleSearch: {} };
}

function isSaid(value: unknown): boolean {
  return value !== undefined && value !== null && !(isArray(value) && value.length === 0);
}

/** Which function must, may or may not be called. */
export function writeToolConfig(request: ChatRequest, losses: Losses): JsonObject | undefined {
  if (request.parallelTools === false) {
    losses.hint('parallel_tool_calls', 'this API cannot be told to make one call at a time');
  }
  const { toolChoice } = request;
  if (toolChoice === undefined) return undefined;
  if (!request.tools.some(isCallable)) {
    if (toolChoice.mode !== 'auto' && toolChoice.mode !== 'none')
      losses.contract('tool_choice', 'there is no function to call');
    return undefined;
  }
  const calling = callingOf(toolChoice, ownOf(request)['$mode'], losses);
  return calling === undefined ? undefined : { functionCallingConfig: calling };
}

function isCallable(tool: Tool): boolean {
  return tool.kind !== 'hosted' || (tool.dialect === dialectName && tool.type === 'functionDeclarations');
}

function callingOf(choice: ToolChoice, mode: unknown, losses: Losses): JsonObject | undefined {
  switch (choice.mode) {
    case 'auto':
      return { mode: mode === 'VALIDATED' ? 'VALIDATED' : 'AUTO' };
    case 'none':
      return { mode: 'NONE' };
    case 'required':
      return { mode: 'ANY' };
    case 'named':
      return { mode: 'ANY', allowedFunctionNames: [toolNames.legal(choice.name)] };
    case 'allowed':
      return { mode: choice.required ? 'ANY' : 'VALIDATED', allowedFunctionNames: choice.names.map(toolNames.legal) };
    case 'hosted':
      losses.contract('tool_choice', 'this API cannot be told to use a tool that a vendor runs');
      return undefined;
  }
}
