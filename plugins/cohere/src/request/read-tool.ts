import { asString, defined, isObject, type JsonObject, RawJson, type Tool } from '@tapgate/core';
import { dialectName } from '../dialect-name.ts';
import { toolNames } from '../tool-names.ts';
import { ownFields } from '../own-fields.ts';

/** A tool. One that is no function goes back as it came. */
export function readTool(tool: JsonObject): Tool {
  const { type, function: called, ...rest } = tool;
  const hosted: Tool = { kind: 'hosted', dialect: dialectName, type: asString(type) ?? '', json: tool };
  if (type !== 'function' || !isObject(called)) return hosted;
  const { name, description, parameters, ...more } = called;
  if (typeof name !== 'string') return hosted;
  if (description !== undefined && typeof description !== 'string') more['description'] = description;
  if (parameters !== undefined && !(parameters instanceof RawJson)) more['parameters'] = parameters;
  if (Object.keys(more).length > 0) rest['$function'] = more;
  const schema = parameters instanceof RawJson ? parameters : undefined;
  return {
    kind: 'function',
    name: toolNames.own(name),
    ...defined({ description: asString(description), schema }),
    ...ownFields(rest),
  };
}
