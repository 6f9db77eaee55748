import {
  asString,
  defined,
  isObject,
  type Json,
  type JsonObject,
  RawJson,
  type Tool,
  type ToolChoice,
} from '@tapgate/core';
import { dialectName } from '../dialect-name.ts';
import { toolNames } from '../tool-names.ts';
import { ownFields } from '../own-fields.ts';
import { markIn } from './read-block.ts';

/** The tools, each mark on the tool before it. */
export function readTools(tools: readonly Json[]): readonly Tool[] {
  const read: Tool[] = [];
  for (const tool of tools) {
    const cache = markIn(tool);
    const before = read.at(-1);
    if (cache !== undefined && before?.kind === 'function' && before.cache === undefined)
      read[read.length - 1] = { ...before, cache };
    else read.push(readTool(tool));
  }
  return read;
}

function readTool(tool: Json): Tool {
  const json = isObject(tool) ? tool : {};
  const spec = json['toolSpec'];
  const read = isObject(spec) && Object.keys(json).length === 1 ? readSpec(spec) : undefined;
  return read ?? { kind: 'hosted', dialect: dialectName, type: hostedType(json), json };
}

function hostedType(json: JsonObject): string {
  const system = json['systemTool'];
  return (isObject(system) ? asString(system['name']) : undefined) ?? Object.keys(json)[0] ?? '';
}

function readSpec(spec: JsonObject): Tool | undefined {
  const { name, description, inputSchema, strict, ...rest } = spec;
  const schema = isObject(inputSchema) ? inputSchema['json'] : undefined;
  if (typeof name !== 'string' || !(schema instanceof RawJson)) return undefined;
  if (description !== undefined && typeof description !== 'string') rest['description'] = description;
  return {
    kind: 'function',
    name: toolNames.own(name),
    ...defined({ description: asString(description), schema }),
    ...(typeof strict === 'boolean' && { strict }),
    ...ownFields(rest),
  };
}

/** The choice of tools; nothing for one that is not known. */
export function readToolChoice(choice: Json | undefined): ToolChoice | undefined {
  if (!isObject(choice)) return undefined;
  if ('auto' in choice) return { mode: 'auto' };
  if ('any' in choice) return { mode: 'required' };
  const named = isObject(choice['tool']) ? asString(choice['tool']['name']) : undefined;
  return named === undefined ? undefined : { mode: 'named', name: toolNames.own(named) };
}
