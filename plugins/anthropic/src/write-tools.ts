import {
  asString,
  type ChatRequest,
  type CustomTool,
  type FunctionTool,
  isArray,
  isObject,
  type Json,
  type JsonObject,
  type Tool,
  type ToolChoice,
  standInSchema,
} from '@tapgate/core';
import { dialectName } from './dialect-name.ts';
import type { Message } from './message.ts';
import { toolNames } from './tool-names.ts';
import { ownMembers, withCache } from './own-fields.ts';
import type { Writing } from './writing.ts';

const MAX_NAME = 128;

/** The tools; nothing where there are none. */
export function writeTools(request: ChatRequest, writing: Writing): readonly JsonObject[] | undefined {
  const tools: JsonObject[] = [];
  const { toolChoice } = request;
  const allowed = toolChoice?.mode === 'allowed' ? new Set(toolChoice.names) : undefined;
  for (const [index, tool] of request.tools.entries()) {
    if (allowed !== undefined && tool.kind !== 'hosted' && !allowed.has(tool.name)) continue;
    const written = writeTool(tool, `tools[${index}]`, writing);
    if (written !== undefined) tools.push(written);
  }
  return tools.length === 0 ? undefined : tools;
}

function writeTool(tool: Tool, path: string, writing: Writing): JsonObject | undefined {
  if (tool.kind !== 'hosted' && !writing.own && toolNames.legal(tool.name).length > MAX_NAME) {
    writing.losses.contract(`${path}.name`, `a tool's name has at most ${MAX_NAME} characters`);
    return undefined;
  }
  switch (tool.kind) {
    case 'function':
      return writeFunction(tool, path, writing);
    case 'custom':
      return writeCustom(tool, path, writing);
    case 'hosted':
      return writeHosted(tool, path, writing);
  }
}

function writeFunction(tool: FunctionTool, path: string, writing: Writing): JsonObject {
  const { name, description, strict } = tool;
  const schema = writing.own ? tool.schema : lawfulSchema(tool, path, writing);
  const isStrict = strict === true && writing.able['jsonSchema'] === false && !writing.own ? undefined : strict;
  if (isStrict !== strict) writing.losses.hint(`${path}.strict`, 'the model cannot be held to a schema');
  const written = { name: toolNames.legal(name), description, input_schema: schema, strict: isStrict };
  return withCache({ ...written, ...ownMembers(tool) }, tool.cache);
}

/** A schema of the only kind the API takes: an object's, with nothing combined at its top. */
function lawfulSchema({ schema }: FunctionTool, path: string, writing: Writing): Json {
  if (schema === undefined || !isObject(schema.value)) return { type: 'object', properties: {} };
  const { oneOf, anyOf, allOf, ...plain } = schema.value;
  const isCombined = [oneOf, anyOf, allOf].some((part) => part !== undefined);
  if (isCombined) writing.losses.contract(`${path}.parameters`, 'a schema combines nothing at its top', 'approximated');
  if (!isCombined && plain['type'] === 'object') return schema;
  return { ...plain, type: 'object' };
}

/** A tool that takes free text: a function with one text, which whoever reads the answer takes out again. */
function writeCustom(tool: CustomTool, path: string, writing: Writing): JsonObject {
  writing.losses.hint(path, 'a function with one text stands in for it', 'approximated');
  return {
    name: toolNames.legal(tool.name),
    description: tool.description,
    input_schema: standInSchema(tool),
  };
}

/** A tool that its vendor runs. Searching the web is what several do. */
function writeHosted(
  tool: Extract<Tool, { readonly kind: 'hosted' }>,
  path: string,
  writing: Writing,
): JsonObject | undefined {
  if (tool.dialect === dialectName) return isObject(tool.json) ? tool.json : { type: tool.type };
  if (tool.search && writing.able['webSearch'] !== false) {
    writing.losses.hint(path, 'it searches the web by its own rules', 'approximated');
    return { type: 'web_search_20250305', name: 'web_search' };
  }
  writing.losses.contract(path, `"${tool.type}" is run by another vendor`);
  return undefined;
}

/** Which tools may or must be called, and whether several at once; nothing where the client did not say. */
export function writeToolChoice(request: ChatRequest, writing: Writing): JsonObject | undefined {
  const { toolChoice, parallelTools } = request;
  const choice = toolChoice === undefined ? undefined : choiceOf(toolChoice, writing);
  const single = parallelTools === undefined ? {} : { disable_parallel_tool_use: !parallelTools };
  if (choice === undefined)
    return parallelTools === false && request.tools.length > 0 ? { type: 'auto', ...single } : undefined;
  return choice['type'] === 'none' || toolChoice?.mode === 'hosted' ? choice : { ...choice, ...single };
}

function choiceOf(choice: ToolChoice, writing: Writing): JsonObject | undefined {
  switch (choice.mode) {
    case 'auto':
    case 'none':
      return { type: choice.mode };
    case 'required':
      return { type: 'any' };
    case 'named':
      return { type: 'tool', name: toolNames.legal(choice.name) };
    case 'allowed':
      writing.losses.hint('tool_choice', 'only the allowed tools are sent', 'approximated');
      return { type: choice.required ? 'any' : 'auto' };
    case 'hosted':
      if (choice.dialect === dialectName) return choice.json;
      writing.losses.contract('tool_choice', 'it names a tool of another vendor');
      return undefined;
  }
}

/** Stand-ins for the tools that a conversation's calls are of, each once. */
export function toolsOfHistory(messages: readonly Message[]): readonly JsonObject[] {
  const blocks = messages.flatMap(({ content }) => (isArray(content) ? content.filter(isObject) : []));
  const names = new Set(blocks.filter(({ type }) => type === 'tool_use').map(({ name }) => asString(name) ?? ''));
  return [...names].map((name) => ({ name, input_schema: { type: 'object', properties: {} } }));
}

/** Whether the model has no choice but to call a tool. */
export function isForced(choice: JsonObject | undefined): boolean {
  return choice?.['type'] === 'any' || choice?.['type'] === 'tool';
}
