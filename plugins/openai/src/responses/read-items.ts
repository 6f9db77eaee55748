import {
  asString,
  defined,
  isArray,
  isObject,
  type Json,
  type JsonObject,
  type OpaquePart,
  type Part,
  RawJson,
  type ReasoningPart,
  type ToolCallPart,
  type ToolResultPart,
  type Turn,
  writeJson,
} from '@tapgate/core';
import { Fields } from '../chat/fields.ts';
import { dialectName } from './names.ts';
import { joinedName } from './namespaces.ts';
import { extOf, noted, type Notes } from './own.ts';
import { readContent } from './read-content.ts';
import { uncarry } from './seal-carrier.ts';

/** What an item is in canonical words: parts of a turn of one role. */
export interface ReadItem {
  readonly role: Turn['role'];
  readonly parts: readonly Part[];
}

/** Reads one item of a request's input, or of an answer's output. What is not understood is kept whole, as an opaque part. */
export function readItem(item: Json): ReadItem {
  if (!isObject(item)) return opaqueItem(item);
  const type = asString(item['type']) ?? ('role' in item ? 'message' : 'item_reference');
  return itemReaders.get(type)?.(item) ?? opaqueItem(item, type);
}

const itemReaders: ReadonlyMap<string, (item: JsonObject) => ReadItem | undefined> = new Map([
  ['message', readMessage],
  ['reasoning', readReasoning],
  ['function_call', readFunctionCall],
  ['custom_tool_call', readCustomCall],
  ['function_call_output', readFunctionOutput],
  ['custom_tool_call_output', readCustomOutput],
]);

const turnRoles: ReadonlyMap<string, Turn['role']> = new Map([
  ['user', 'user'],
  ['assistant', 'assistant'],
  ['system', 'instruction'],
  ['developer', 'instruction'],
]);

function readMessage(item: JsonObject): ReadItem | undefined {
  const fields = new Fields(item);
  const name = fields.string('role') ?? '';
  const role = turnRoles.get(name);
  const parts = readContent(fields.take('content'), name);
  if (role === undefined || parts === undefined) return undefined;
  const [first, ...more] = parts.map((part) => withRole(part, name));
  if (first === undefined) return undefined;
  const rest = fields.rest() ?? {};
  return { role, parts: [noted(first, { $item: role === 'instruction' ? { ...rest, role: name } : rest }), ...more] };
}

function withRole(part: Part, name: string): Part {
  return part.kind === 'text' && (name === 'system' || name === 'developer') ? { ...part, role: name } : part;
}

/** The thinking itself is `content`; `summary` is what the vendor shows of it; `encrypted_content` is its seal. */
function readReasoning(item: JsonObject): ReadItem {
  const fields = new Fields(item);
  fields.take('type');
  const summary = textsOf(fields, 'summary', 'summary_text');
  const content = textsOf(fields, 'content', 'reasoning_text');
  const encrypted = fields.string('encrypted_content');
  const carried = encrypted === undefined ? undefined : uncarry(encrypted);
  const part: ReasoningPart = {
    kind: 'reasoning',
    ...defined({
      text: content?.join(''),
      summary,
      itemId: fields.string('id'),
      seal: carried?.seal,
    }),
  };
  const notes: Notes = defined({
    $texts: content && content.length !== 1 ? content : undefined,
    $previous: carried?.previous,
    $call: carried?.call,
    $made: carried && carried.seal === undefined ? (true as const) : undefined,
  });
  return { role: 'assistant', parts: [withExt(part, fields, notes)] };
}

/** Texts of parts that have a type and a text and nothing more; others stay in the rest, as they are. */
function textsOf(fields: Fields, name: string, type: string): readonly string[] | undefined {
  const list = fields.peek(name);
  if (!isArray(list)) return undefined;
  const texts: string[] = [];
  for (const part of list) {
    const text = isObject(part) && part['type'] === type ? asString(part['text']) : undefined;
    if (text === undefined || Object.keys(part as JsonObject).length !== 2) return undefined;
    texts.push(text);
  }
  fields.take(name);
  return texts;
}

function readFunctionCall(item: JsonObject): ReadItem | undefined {
  return readCall(item, 'arguments');
}

function readCustomCall(item: JsonObject): ReadItem | undefined {
  return readCall(item, 'input', true);
}

function readCall(item: JsonObject, argsField: string, custom?: true): ReadItem | undefined {
  const fields = new Fields(item);
  fields.take('type');
  const callId = fields.string('call_id');
  const name = fields.string('name');
  const argsText = fields.string(argsField);
  const namespace = asString(fields.peek('namespace'));
  if (callId === undefined || name === undefined || argsText === undefined) return undefined;
  const part: ToolCallPart = {
    kind: 'tool-call',
    callId,
    name: namespace ? joinedName(namespace, name) : name,
    argsText,
    executedBy: 'client',
    ...defined({ itemId: fields.string('id'), custom }),
  };
  return { role: 'assistant', parts: [withExt(part, fields, namespace ? { $name: name } : {})] };
}

function readFunctionOutput(item: JsonObject): ReadItem | undefined {
  return readOutput(item);
}

function readCustomOutput(item: JsonObject): ReadItem | undefined {
  return readOutput(item, true);
}

function readOutput(item: JsonObject, custom?: true): ReadItem | undefined {
  const fields = new Fields(item);
  fields.take('type');
  const callId = fields.string('call_id');
  const output = fields.take('output');
  const parts = isArray(output) && output.length === 0 ? [] : readContent(output, 'user');
  if (callId === undefined || parts === undefined) return undefined;
  const part: ToolResultPart = { kind: 'tool-result', callId, parts, ...(custom && { custom }) };
  return { role: 'tool', parts: [withExt(part, fields)] };
}

function withExt<P extends Part>(part: P, fields: Fields, notes: Notes = {}): P {
  return { ...part, ...extOf(fields.rest(), notes) };
}

/** Items that the client or its tools say, so that they stand in a turn of its own. All others are the model's. */
const saidByClient = /_output$|^mcp_approval_response$|^item_reference$|^additional_tools$|^compaction|^configuration_/;

function opaqueItem(item: Json, type: string = 'unknown'): ReadItem {
  const part: OpaquePart = {
    kind: 'opaque',
    origin: { dialect: dialectName },
    type,
    json: isObject(item) ? item : new RawJson(writeJson(item), item),
  };
  return { role: roleOf(item, type), parts: [part] };
}

function roleOf(item: Json, type: string): Turn['role'] {
  const role = isObject(item) ? asString(item['role']) : undefined;
  return (role === undefined ? undefined : turnRoles.get(role)) ?? (saidByClient.test(type) ? 'user' : 'assistant');
}
