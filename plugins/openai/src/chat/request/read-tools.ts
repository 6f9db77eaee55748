import {
  asString,
  type CustomTool,
  defined,
  type FunctionTool,
  type HostedTool,
  isArray,
  isObject,
  type Json,
  type JsonObject,
  RawJson,
  type Tool,
  type ToolChoice,
} from '@tapgate/core';
import { Fields } from '../fields.ts';
import { chatDialect, extOf } from '../own.ts';
import { takeCacheMark } from './read-content.ts';

/** Takes `tools`, the `functions` before them, and `web_search_options`. */
export function readTools(fields: Fields): readonly Tool[] {
  const tools: Tool[] = (fields.array('tools') ?? []).map(readTool);
  for (const json of fields.array('functions') ?? []) tools.push(readFunction(json));
  const search = fields.object('web_search_options');
  if (search !== undefined) {
    tools.push({ kind: 'hosted', dialect: chatDialect, type: 'web_search_options', search: true, json: search });
  }
  return tools;
}

/** Takes `tool_choice`, or the `function_call` before it. What is not understood stays. */
export function readToolChoice(fields: Fields): ToolChoice | undefined {
  const choice = choiceOf(fields.peek('tool_choice'));
  if (choice !== undefined) {
    fields.take('tool_choice');
    return choice;
  }
  const legacy = legacyChoice(fields.peek('function_call'));
  if (legacy !== undefined) fields.take('function_call');
  return legacy;
}

function readTool(json: Json): Tool {
  const type = isObject(json) ? asString(json['type']) : undefined;
  if (!isObject(json)) return hosted('', new RawJson(JSON.stringify(json), json));
  if ((type ?? 'function') === 'function' && isObject(json['function'])) return functionTool(json, type);
  if (type === 'custom' && isObject(json['custom'])) return customTool(json);
  return hosted(type ?? '', json);
}

function hosted(type: string, json: HostedTool['json']): HostedTool {
  return { kind: 'hosted', dialect: chatDialect, type, ...(type.includes('web_search') && { search: true }), json };
}

function functionTool(json: JsonObject, type: string | undefined): Tool {
  const fields = new Fields(json);
  if (type !== undefined) fields.take('type');
  const cache = takeCacheMark(fields);
  const tool = fields.nested('function', functionOf);
  if (tool?.name === undefined) return hosted('function', json);
  return { ...tool, name: tool.name, ...(cache && { cache }), ...extOf(fields.rest()) };
}

function functionOf(inner: Fields): Omit<FunctionTool, 'name'> & { readonly name?: string } {
  return {
    kind: 'function',
    ...defined({
      name: inner.string('name'),
      description: inner.string('description'),
      schema: takeRaw(inner, 'parameters'),
      strict: inner.boolean('strict'),
    }),
  };
}

function readFunction(json: Json): Tool {
  if (!isObject(json)) return hosted('functions', new RawJson(JSON.stringify(json), json));
  const fields = new Fields(json);
  const tool = functionOf(fields);
  return { ...tool, name: tool.name ?? '', ...extOf(fields.rest(), { $legacy: true }) };
}

/** A grammar's members stand in an object of their own here. One with more beside it stays as it is. */
function formatOf(fields: Fields): JsonObject | undefined {
  const format = fields.object('format');
  const { type, grammar, ...more } = format ?? {};
  return type === 'grammar' && isObject(grammar) && Object.keys(more).length === 0 ? { type, ...grammar } : format;
}

function customTool(json: JsonObject): Tool {
  const fields = new Fields(json);
  fields.take('type');
  const tool = fields.nested('custom', (inner) =>
    defined({
      name: inner.string('name'),
      description: inner.string('description'),
      format: formatOf(inner),
    }),
  );
  if (tool?.name === undefined) return hosted('custom', json);
  const read: CustomTool = { kind: 'custom', ...tool, name: tool.name };
  return { ...read, ...extOf(fields.rest()) };
}

/** A schema as it was written. */
export function takeRaw(fields: Fields, name: string): RawJson | undefined {
  const value = fields.peek(name);
  if (value instanceof RawJson && typeof value.value === 'object') {
    fields.take(name);
    return value;
  }
  return undefined;
}

function choiceOf(choice: Json | undefined): ToolChoice | undefined {
  if (typeof choice === 'string') return modes[choice];
  if (!isObject(choice)) return undefined;
  const named = nameIn(choice);
  if (named !== undefined) return { mode: 'named', ...named };
  return allowedOf(choice) ?? { mode: 'hosted', dialect: chatDialect, json: choice };
}

const modes: Readonly<Record<string, ToolChoice>> = {
  auto: { mode: 'auto' },
  none: { mode: 'none' },
  required: { mode: 'required' },
  any: { mode: 'required' },
};

function nameIn(entry: Json | undefined): { readonly name: string; readonly custom?: true } | undefined {
  if (!isObject(entry)) return undefined;
  const custom = entry['type'] === 'custom';
  const holder = entry[custom ? 'custom' : 'function'];
  const name = isObject(holder) ? asString(holder['name']) : undefined;
  return name === undefined ? undefined : { name, ...(custom && { custom: true }) };
}

function allowedOf(choice: JsonObject): ToolChoice | undefined {
  const allowed = choice['allowed_tools'];
  if (choice['type'] !== 'allowed_tools' || !isObject(allowed) || !isArray(allowed['tools'])) return undefined;
  const names = allowed['tools'].map((entry) => nameIn(entry)?.name);
  if (!names.every((name) => name !== undefined)) return undefined;
  return { mode: 'allowed', names, required: allowed['mode'] === 'required' };
}

function legacyChoice(choice: Json | undefined): ToolChoice | undefined {
  if (choice === 'auto' || choice === 'none') return modes[choice];
  const name = isObject(choice) ? asString(choice['name']) : undefined;
  return name === undefined ? undefined : { mode: 'named', name };
}
