import {
  asString,
  type ChatRequest,
  isArray,
  isObject,
  type Json,
  type JsonObject,
  type Part,
  type TextPart,
  type ToolCallPart,
  type Turn,
} from '@tapgate/core';
import { errors } from '../errors.ts';
import { ownFields } from '../own-fields.ts';
import { OpenCalls } from './open-calls.ts';
import { readCall } from './read-call.ts';
import { readImage } from './read-image.ts';

/** The leading system messages and the conversation; nothing where it is no list. */
export function readMessages(messages: Json): Pick<ChatRequest, 'instructions' | 'turns'> | undefined {
  if (!isArray(messages)) return undefined;
  const instructions: TextPart[] = [];
  const turns: Turn[] = [];
  const open = new OpenCalls();
  for (const [index, message] of messages.entries()) {
    const path = `messages[${index}]`;
    if (!isObject(message)) throw errors.MESSAGE_INVALID({ path }, { param: path });
    const rest = { ...message };
    const role = takeRole(rest);
    const parts = takeParts(rest, path);
    const [only] = parts;
    if (role === 'system' && turns.length === 0 && parts.length === 1 && only?.kind === 'text')
      instructions.push({ ...only, role: 'system', ...ownFields(rest) });
    else turns.push({ ...readTurn(role, parts, rest, open, index), path, ...ownFields(rest) });
  }
  return { instructions, turns };
}

/** The server does not look at the case of roles. */
function takeRole(rest: JsonObject): string {
  const { role } = rest;
  delete rest['role'];
  const plain = asString(role)?.toLowerCase() ?? '';
  const isKnown = /^(?:system|user|assistant|tool)$/.test(plain);
  if (role !== plain || !isKnown) rest['$role'] = role ?? null;
  return isKnown ? plain : 'user';
}

/** The text, and the images behind it. */
function takeParts(rest: JsonObject, path: string): readonly Part[] {
  const { content, images } = rest;
  const parts: Part[] = [];
  if (typeof content === 'string' && content !== '') {
    parts.push({ kind: 'text', text: content });
    delete rest['content'];
  } else if (typeof content !== 'string' && content !== undefined && content !== null)
    throw errors.MESSAGE_INVALID({ path }, { param: `${path}.content` });
  const read = isArray(images) && images.length > 0 ? images.map(readImage) : [undefined];
  if (read.every((image) => image !== undefined)) {
    parts.push(...read);
    delete rest['images'];
  }
  return parts;
}

function readTurn(
  role: string,
  parts: readonly Part[],
  rest: JsonObject,
  open: OpenCalls,
  index: number,
): Pick<Turn, 'role' | 'parts'> {
  if (role === 'assistant') {
    const calls = takeCalls(rest, index);
    open.begin(calls);
    return { role, parts: [...takeThinking(rest), ...parts, ...calls] };
  }
  if (role !== 'tool') return { role: role === 'system' ? 'instruction' : 'user', parts };
  const id = takeText(rest, 'tool_call_id');
  const name = takeText(rest, 'tool_name');
  if (id === undefined) rest['$id'] = false;
  if (name === undefined) rest['$name'] = false;
  const call = open.answered(id, name);
  const callId = id ?? call?.callId ?? `call_${index}`;
  const called = name ?? call?.name;
  const result: Part = { kind: 'tool-result', callId, parts, ...(called !== undefined && { name: called }) };
  return { role: 'tool', parts: [result] };
}

/** A member's text, which is then no longer there; nothing for one that says none. */
function takeText(rest: JsonObject, name: string): string | undefined {
  const text = asString(rest[name]);
  if (text === undefined || text === '') return undefined;
  delete rest[name];
  return text;
}

function takeThinking(rest: JsonObject): readonly Part[] {
  const text = takeText(rest, 'thinking');
  return text === undefined ? [] : [{ kind: 'reasoning', text }];
}

function takeCalls(rest: JsonObject, index: number): readonly ToolCallPart[] {
  const { tool_calls: calls } = rest;
  const read = isArray(calls) ? calls.map((call, at) => readCall(call, `call_${index}_${at}`)) : [];
  if (read.length === 0 || !read.every((call) => call !== undefined)) return [];
  delete rest['tool_calls'];
  return read;
}
