import {
  asString,
  defined,
  type FunctionTool,
  isObject,
  type Json,
  type JsonObject,
  RawJson,
  type Tool,
  type ToolChoice,
} from '@tapgate/core';
import { dialectName } from './dialect-name.ts';
import { toolNames } from './tool-names.ts';
import { ownFields, takeCache } from './own-fields.ts';

/** A tool: the client's own, or one with a type, which only this vendor knows. */
export function readTool(tool: JsonObject): Tool {
  const type = asString(tool['type']);
  if (type !== undefined && type !== 'custom') return hosted(tool, type);
  return readFunction(tool) ?? hosted(tool, type ?? '');
}

function hosted(json: JsonObject, type: string): Tool {
  return { kind: 'hosted', dialect: dialectName, type, ...(type.startsWith('web_search') && { search: true }), json };
}

function readFunction(tool: JsonObject): FunctionTool | undefined {
  const { name, description, input_schema: schema, strict, ...rest } = tool;
  if (typeof name !== 'string') return undefined;
  if (description !== undefined && typeof description !== 'string') rest['description'] = description;
  if (strict !== undefined && typeof strict !== 'boolean') rest['strict'] = strict;
  if (schema !== undefined && !(schema instanceof RawJson)) rest['input_schema'] = schema;
  return {
    kind: 'function',
    name: toolNames.own(name),
    ...defined({
      description: asString(description),
      schema: schema instanceof RawJson ? schema : undefined,
      strict: typeof strict === 'boolean' ? strict : undefined,
    }),
    ...takeCache(rest),
    ...ownFields(rest),
  };
}

/** What `tool_choice` says. `rest` is what it says beyond: the whole of it where it is none of the known ones. */
export interface ReadToolChoice {
  readonly toolChoice?: ToolChoice;
  readonly parallelTools?: boolean;
}

/** The choice of tools, and whether several may be called at once; nothing for one that is not known. */
export function readToolChoice(choice: Json | undefined): ReadToolChoice | undefined {
  if (!isObject(choice)) return undefined;
  const { type, name, disable_parallel_tool_use: disabled, ...rest } = choice;
  const mode = modeOf(type, name);
  const plain = Object.keys(rest).length === 0 && (disabled === undefined || typeof disabled === 'boolean');
  if (mode === undefined || !plain) {
    return { toolChoice: { mode: 'hosted', dialect: dialectName, json: choice } };
  }
  return { toolChoice: mode, ...(typeof disabled === 'boolean' && { parallelTools: !disabled }) };
}

function modeOf(type: Json | undefined, name: Json | undefined): ToolChoice | undefined {
  if (type === 'tool') return typeof name === 'string' ? { mode: 'named', name: toolNames.own(name) } : undefined;
  if (name !== undefined) return undefined;
  if (type === 'auto' || type === 'none') return { mode: type };
  return type === 'any' ? { mode: 'required' } : undefined;
}
