import {
  asString,
  type CustomTool,
  defined,
  type FunctionTool,
  isArray,
  isObject,
  type Json,
  type JsonObject,
  RawJson,
  type Tool,
  type ToolChoice,
  writeJson,
} from '@tapgate/core';
import { Fields } from '../chat/fields.ts';
import { dialectName } from './names.ts';
import { isNamespace, spread, type CallableTool } from './namespaces.ts';
import { extOf } from './own.ts';
import { isStrictSchema } from './strict-schema.ts';

/** Reads the list of tools: functions, custom tools, and all that the vendor runs or knows on its own. */
export function readTools(fields: Fields): readonly Tool[] {
  const tools = fields.peek('tools');
  if (!isArray(tools) || tools.length === 0 || !tools.every(isObject)) return [];
  fields.take('tools');
  const taken = new Set(tools.map((tool) => tool['name']));
  return tools.flatMap((tool, at) => readNamespace(tool, at, taken) ?? [readCallable(tool) ?? hosted(tool)]);
}

/** The tools in a namespace, where all are known and none gets a name that is taken. */
function readNamespace(tool: JsonObject, at: number, taken: Set<unknown>): readonly Tool[] | undefined {
  if (!isNamespace(tool)) return undefined;
  const inner = (tool['tools'] as readonly JsonObject[]).map(readCallable);
  const tools = inner.every((one) => one !== undefined) ? spread(tool, inner, at) : [];
  if (tools.length === 0 || tools.some(({ name }) => taken.has(name))) return undefined;
  for (const { name } of tools) taken.add(name);
  return tools;
}

function readCallable(tool: JsonObject): CallableTool | undefined {
  if (tool['type'] === 'function') return readFunction(tool);
  return tool['type'] === 'custom' ? readCustom(tool) : undefined;
}

function hosted(tool: JsonObject): Tool {
  const type = asString(tool['type']) ?? 'unknown';
  const search = type.startsWith('web_search') ? { search: true as const } : {};
  return { kind: 'hosted', dialect: dialectName, type, ...search, json: tool };
}

function readFunction(tool: JsonObject): FunctionTool | undefined {
  const fields = new Fields(tool);
  fields.take('type');
  const name = fields.string('name');
  if (name === undefined) return undefined;
  const said = fields.boolean('strict');
  const given = fields.peek('parameters');
  const schema = given instanceof RawJson ? given : isObject(given) ? new RawJson(writeJson(given), given) : undefined;
  if (schema !== undefined) fields.take('parameters');
  return {
    kind: 'function',
    name,
    ...defined({ description: fields.string('description'), schema }),
    strict: said ?? isStrictSchema(schema),
    ...extOf(fields.rest(), said === undefined ? { $strict: 'tried' } : {}),
  };
}

function readCustom(tool: JsonObject): CustomTool | undefined {
  const fields = new Fields(tool);
  fields.take('type');
  const name = fields.string('name');
  if (name === undefined) return undefined;
  const format = fields.peek('format');
  if (isObject(format)) fields.take('format');
  return {
    kind: 'custom',
    name,
    ...defined({ description: fields.string('description'), format: isObject(format) ? format : undefined }),
    ...extOf(fields.rest()),
  };
}

/** Reads which tool must, may or may not be used. One of the vendor's own stays as it was written. */
export function readToolChoice(fields: Fields): ToolChoice | undefined {
  const choice = fields.peek('tool_choice');
  const read = choiceOf(choice);
  if (read !== undefined) fields.take('tool_choice');
  return read;
}

function choiceOf(choice: Json | undefined): ToolChoice | undefined {
  if (choice === 'auto' || choice === 'none' || choice === 'required') return { mode: choice };
  if (!isObject(choice)) return undefined;
  return named(choice) ?? allowed(choice) ?? { mode: 'hosted', dialect: dialectName, json: choice };
}

function named(choice: JsonObject): ToolChoice | undefined {
  const { type, name, ...more } = choice;
  if (typeof name !== 'string' || Object.keys(more).length > 0) return undefined;
  if (type === 'function') return { mode: 'named', name };
  return type === 'custom' ? { mode: 'named', name, custom: true } : undefined;
}

function allowed(choice: JsonObject): ToolChoice | undefined {
  const { type, mode, tools, ...more } = choice;
  if (type !== 'allowed_tools' || !isArray(tools) || Object.keys(more).length > 0) return undefined;
  if (mode !== 'auto' && mode !== 'required') return undefined;
  const names = tools.map((tool) => {
    const one = isObject(tool) ? named(tool) : undefined;
    return one?.mode === 'named' ? one.name : undefined;
  });
  if (!names.every((name) => name !== undefined)) return undefined;
  return { mode: 'allowed', names, required: mode === 'required' };
}
