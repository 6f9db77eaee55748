import {
  asString,
  defined,
  type FunctionTool,
  isObject,
  type JsonObject,
  RawJson,
  type Tool,
  type ToolChoice,
  writeJson,
} from '@tapgate/core';
import { dialectName } from '../dialect-name.ts';
import { Fields } from '../fields.ts';
import { ownFields } from '../own-fields.ts';
import { fromOpenApi } from '../schema/from-open-api.ts';

/** Takes the tools: declared functions, and those that the vendor runs, each under the name of its member. */
export function readTools(body: Fields): readonly Tool[] {
  return (body.objects('tools') ?? []).flatMap(readTool);
}

function readTool(tool: JsonObject): readonly Tool[] {
  const fields = new Fields(tool);
  const declarations = fields.objects('functionDeclarations') ?? [];
  const hosted = Object.entries(fields.rest() ?? {}).map(([key, value]) => hostedTool(key, { [key]: value }));
  return [...declarations.map(readFunction), ...hosted];
}

function hostedTool(key: string, json: JsonObject): Tool {
  const type = key.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  const search = type === 'googleSearch' || type === 'googleSearchRetrieval' ? { search: true as const } : {};
  return { kind: 'hosted', dialect: dialectName, type, ...search, json };
}

/** `$parameters` is a schema in the API's own words, beside the JSON Schema that it is. */
function readFunction(declaration: JsonObject): Tool {
  const fields = new Fields(declaration);
  const name = fields.string('name');
  if (name === undefined) return hostedTool('functionDeclarations', { functionDeclarations: [declaration] });
  const jsonSchema = rawOf(fields, 'parametersJsonSchema');
  const parameters = jsonSchema === undefined ? rawOf(fields, 'parameters') : undefined;
  const schema = jsonSchema ?? (parameters && fromOpenApi(parameters));
  const tool: FunctionTool = {
    kind: 'function',
    name,
    ...defined({ description: fields.string('description'), schema }),
  };
  return { ...tool, ...ownFields({ ...fields.rest(), ...(parameters && { $parameters: parameters }) }) };
}

/** A schema as it was written; one that a plugin put together has no text yet. */
function rawOf(fields: Fields, name: string): RawJson | undefined {
  const value = fields.peek(name);
  const schema = value instanceof RawJson ? value : isObject(value) ? new RawJson(writeJson(value), value) : undefined;
  if (schema !== undefined) fields.take(name);
  return schema;
}

/** Takes which tool must, may or may not be called; the rest of the tool config rides along. */
export function readToolConfig(body: Fields): {
  readonly toolChoice: ToolChoice | undefined;
  readonly own: JsonObject;
} {
  const given = body.object('toolConfig');
  const config = new Fields(given ?? {});
  const calling = new Fields(config.object('functionCallingConfig') ?? {});
  const mode = asString(calling.peek('mode'))?.toUpperCase();
  const toolChoice = choiceOf(mode, calling);
  const inner = calling.rest();
  const rest = { ...config.rest(), ...(inner && { functionCallingConfig: inner }) };
  return {
    toolChoice,
    own: {
      ...(Object.keys(rest).length > 0 && { toolConfig: rest }),
      ...(given && { $toolConfig: true }),
      ...(toolChoice?.mode === 'auto' && mode === 'VALIDATED' && { $mode: 'VALIDATED' }),
    },
  };
}

/** `VALIDATED` lets the model choose between text and the allowed calls. @see https://ai.google.dev/api/caching#Mode */
function choiceOf(mode: string | undefined, calling: Fields): ToolChoice | undefined {
  if (mode === undefined || !['AUTO', 'NONE', 'ANY', 'VALIDATED'].includes(mode)) return undefined;
  calling.take('mode');
  if (mode === 'AUTO') return { mode: 'auto' };
  if (mode === 'NONE') return { mode: 'none' };
  const names = calling.strings('allowedFunctionNames') ?? [];
  const [only] = names;
  if (mode === 'ANY' && names.length === 1 && only !== undefined) return { mode: 'named', name: only };
  if (names.length > 0) return { mode: 'allowed', names, required: mode === 'ANY' };
  return { mode: mode === 'ANY' ? 'required' : 'auto' };
}
