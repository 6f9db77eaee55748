import {
  asString,
  isObject,
  type ChatRequest,
  type CustomTool,
  type FunctionTool,
  type Json,
  type JsonObject,
  type Tool,
} from '@tapgate/core';
import { digest } from '../chat/request/call-ids.ts';
import { noted, notesOf } from './own.ts';

/** A tool whose argument the model writes. */
export type CallableTool = FunctionTool | CustomTool;

const MAX_NAME = 64;
const DIGEST = 8;

/**
 * The one name of a tool that stands in a namespace. Other dialects have no namespaces: there the tool goes by this name,
 * and calls of it come back by it.
 */
export function joinedName(namespace: string, name: string): string {
  const joined = namespace.endsWith('__') ? namespace + name : `${namespace}__${name}`;
  return joined.length <= MAX_NAME ? joined : `${joined.slice(0, MAX_NAME - DIGEST - 1)}_${digest(joined, DIGEST)}`;
}

/** The tools of a namespace, each by its joined name; `at` is the namespace's own place. */
export function spread(namespace: JsonObject, tools: readonly CallableTool[], at: number): readonly CallableTool[] {
  const { type: _, tools: __, ...fields } = namespace;
  const around = { at, fields };
  return tools.map((tool) =>
    noted(
      { ...tool, name: joinedName(asString(namespace['name']) ?? '', tool.name) },
      { $name: tool.name, $namespace: around },
    ),
  );
}

/** A tool as it is written, and the note on the namespace that it stood in. */
export interface WrittenTool {
  readonly json: Json;
  readonly tool: Tool;
}

/** Puts tools of one namespace, one behind the other, back into it. */
export function gathered(written: readonly WrittenTool[]): readonly Json[] {
  const list: Json[] = [];
  let open: { readonly at: number; readonly tools: Json[] } | undefined;
  for (const { json, tool } of written) {
    const around = tool.kind === 'hosted' ? undefined : notesOf(tool).$namespace;
    if (around === undefined) {
      open = undefined;
      list.push(json);
    } else if (open?.at === around.at) {
      open.tools.push(json);
    } else {
      open = { at: around.at, tools: [json] };
      list.push({ type: 'namespace', ...around.fields, tools: open.tools });
    }
  }
  return list;
}

/** A tool's name as its client knows it. */
export interface ClientName {
  readonly name: string;
  readonly namespace?: string;
}

/** Finds the names by which a client of this dialect knows its tools, by those that a model was given. */
export function clientNames({ tools }: ChatRequest): (name: string) => ClientName {
  const names = new Map<string, ClientName>();
  for (const tool of tools) {
    if (tool.kind === 'hosted') continue;
    const { $name, $namespace } = notesOf(tool);
    const namespace = $namespace?.fields['name'];
    if ($name !== undefined && typeof namespace === 'string') names.set(tool.name, { name: $name, namespace });
  }
  return (name) => names.get(name) ?? { name };
}

/** Whether it can be read as a namespace at all. */
export function isNamespace(tool: JsonObject): boolean {
  const { type, name, tools } = tool;
  return (
    type === 'namespace' &&
    typeof name === 'string' &&
    Array.isArray(tools) &&
    tools.length > 0 &&
    tools.every(isObject)
  );
}
