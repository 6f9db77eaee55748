import {
  isObject,
  textBody,
  writeJson,
  type ChatRequest,
  type Json,
  type JsonObject,
  type Wanted,
  type Written,
} from '@tapgate/core';
import { listOf } from '../chat/capabilities.ts';
import { CallIds } from '../chat/request/call-ids.ts';
import { Losses } from '../chat/request/losses.ts';
import { headersOf } from '../chat/request/write-request.ts';
import { foreignFields } from './foreign-fields.ts';
import { dialectName } from './names.ts';
import { fieldsOf, notesOf } from './own.ts';
import { operationOf } from './operations.ts';
import { pairCalls } from './pair-calls.ts';
import { writeInstructions, writeTurn, type ItemContext } from './write-items.ts';
import {
  writeInclude,
  writeOutput,
  writeReasoning,
  writeSampling,
  writeService,
  writeState,
  writeText,
} from './write-settings.ts';
import { writeToolChoice, writeTools } from './write-tools.ts';

/** Ids of calls as the API takes them. */
const callIdPattern = String.raw`^[\s\S]{1,64}$`;

/**
 * Writes a request of the Responses API.
 *
 * @see https://platform.openai.com/docs/api-reference/responses/create
 */
export function writeRequest(request: ChatRequest, wanted: Wanted): Written {
  const losses = new Losses();
  const own = dialectName in request.ext;
  const able = own ? wanted.able : { toolIdPattern: callIdPattern, ...wanted.able };
  const turns = own ? request.turns : pairCalls(request.turns, losses);
  const context: ItemContext = { own, able, losses, ids: new CallIds(turns, able) };
  const { include, conversation, ...fields } = fieldsOf(request);
  const body: JsonObject = {
    model: wanted.model,
    ...writeConversation({ ...request, turns }, context),
    ...writeSettings(request, { include, conversation }, context),
    ...streaming(request, wanted),
  };
  foreignFields(request.ext, losses);
  return {
    body: textBody(writeJson(without(listOf(able, 'drops') ?? [], withFields(body, fields, request), losses))),
    path: operationOf(wanted.operation).path.replace('/v1', ''),
    method: 'POST',
    headers: headersOf(wanted),
    losses: losses.list,
  };
}

function writeConversation(request: ChatRequest, context: ItemContext): JsonObject {
  const [first, ...others] = request.instructions;
  const top = first?.kind === 'text' && notesOf(first).$instructions ? first.text : undefined;
  const messages = top === undefined ? request.instructions : others;
  const items = [
    ...writeInstructions(messages, context),
    ...request.turns.flatMap((turn, index) => writeTurn(turn, turn.path ?? `input[${index}]`, context)),
  ];
  return { instructions: top, input: inputOf(items, notesOf(request).$input) };
}

/** One text where it came as one. */
function inputOf(items: readonly Json[], form: 'text' | 'absent' | undefined): Json | undefined {
  if (form === 'absent' && items.length === 0) return undefined;
  const [only] = items;
  const plain = items.length === 1 && isObject(only) && Object.keys(only).length === 2 && only['role'] === 'user';
  return form === 'text' && plain && typeof only['content'] === 'string' ? only['content'] : items;
}

function writeSettings(request: ChatRequest, asked: JsonObject, context: ItemContext): JsonObject {
  const tools = writeTools(request.tools, context);
  return {
    tools: tools.length > 0 ? tools : undefined,
    tool_choice: writeToolChoice(request, context),
    parallel_tool_calls: request.parallelTools,
    ...writeOutput(request, context),
    text: writeText(request, context),
    reasoning: writeReasoning(request.reasoning, context),
    include: writeInclude(request, asked['include'], context),
    ...writeSampling(request, context),
    ...writeState(request, asked['conversation'], context),
    ...writeService(request, context),
  };
}

function streaming(request: ChatRequest, { streamed }: Wanted): JsonObject {
  return streamed || notesOf(request).$stream ? { stream: streamed } : {};
}

/** Adds the fields without a canonical word. Objects that hold nothing are left out. */
function withFields(body: JsonObject, fields: JsonObject, request: ChatRequest): JsonObject {
  const { $nulls = {} } = notesOf(request);
  const result = new Map(Object.entries(body));
  for (const [name, value] of [...Object.entries($nulls), ...Object.entries(fields)]) {
    result.set(name, value === undefined ? undefined : merged(value, result.get(name)));
  }
  if (body['stream'] !== true) result.delete('stream_options');
  return Object.fromEntries([...result].filter(([name, value]) => !isEmpty(value) || name in $nulls || name in fields));
}

function isEmpty(value: Json | undefined): boolean {
  return value === undefined || (isObject(value) && Object.keys(value).length === 0);
}

/** Members of both; of one that both have, the canonical one, which somebody may have changed. */
function merged(field: Json, canonical: Json | undefined): Json {
  if (canonical === undefined) return field;
  if (!isObject(field) || !isObject(canonical)) return canonical;
  const result = new Map(Object.entries(field));
  for (const [name, value] of Object.entries(canonical)) {
    const own = result.get(name);
    if (value !== undefined) result.set(name, own === undefined ? value : merged(own, value));
  }
  return Object.fromEntries(result);
}

function without(drops: readonly string[], body: JsonObject, losses: Losses): JsonObject {
  for (const name of drops) {
    if (isEmpty(body[name])) continue;
    losses.hint(name, 'it does not know the field');
    delete body[name];
  }
  return body;
}
