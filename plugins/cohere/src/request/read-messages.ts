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
import { toolNames } from '../tool-names.ts';
import { ownFields, ownOf } from '../own-fields.ts';
import { readCitation } from '../reply/citation.ts';
import { readContent } from './read-content.ts';

/** The leading system messages and the conversation; nothing where it is no list. */
export function readMessages(messages: Json): Pick<ChatRequest, 'instructions' | 'turns'> | undefined {
  if (!isArray(messages)) return undefined;
  const instructions: TextPart[] = [];
  const turns: Turn[] = [];
  for (const [index, message] of messages.entries()) {
    const path = `messages[${index}]`;
    if (!isObject(message)) throw errors.MESSAGE_INVALID({ path }, { param: path });
    const leading = turns.length === 0 ? instructionsIn(message) : undefined;
    if (leading === undefined) turns.push({ ...readMessage(message), path });
    else instructions.push(...leading);
  }
  return { instructions, turns };
}

/** The texts of a system message; nothing for any other, and for one that is more than texts. */
function instructionsIn(message: JsonObject): readonly TextPart[] | undefined {
  const { role, content, ...rest } = message;
  if (role !== 'system') return undefined;
  const parts = readContent(content, rest);
  const texts = parts.filter((part) => part.kind === 'text');
  if (texts.length !== parts.length || texts.length === 0) return undefined;
  // A later text of one message says that it goes on; the first has the message's own form.
  return texts.map((part, at) => {
    const note = at === 0 ? { $message: rest } : { $continues: true };
    return { ...part, role: 'system', ...ownFields({ ...ownOf(part), ...note }) };
  });
}

function readMessage(message: JsonObject): Turn {
  const { role, content, ...rest } = message;
  switch (role) {
    case 'assistant':
      return readAssistant(content, rest);
    case 'tool':
      return readToolResult(content, rest);
    case 'system':
      return { role: 'instruction', parts: readContent(content, rest), ...ownFields(rest) };
    default:
      if (role !== 'user') rest['$role'] = role ?? null;
      return { role: 'user', parts: readContent(content, rest), ...ownFields(rest) };
  }
}

/** The plan, what was said with its sources, and the calls. */
function readAssistant(content: Json | undefined, rest: JsonObject): Turn {
  const { tool_plan: plan, tool_calls: calls, citations } = rest;
  const parts: Part[] = [];
  if (typeof plan === 'string') {
    delete rest['tool_plan'];
    if (plan === '') rest['$plan'] = 'empty';
    else parts.push({ kind: 'reasoning', text: plan, ...ownFields({ $plan: true }) });
  }
  parts.push(...cited(readContent(content, rest), citations, rest));
  const read = isArray(calls) ? calls.map(readCall) : [undefined];
  if (read.length > 0 && read.every((call) => call !== undefined)) {
    delete rest['tool_calls'];
    parts.push(...read);
  }
  return { role: 'assistant', parts, ...ownFields(rest) };
}

/** The sources, with the last text. */
function cited(parts: readonly Part[], citations: Json | undefined, rest: JsonObject): readonly Part[] {
  const at = parts.findLastIndex(({ kind }) => kind === 'text');
  if (at === -1 || !isArray(citations) || citations.length === 0 || !citations.every(isObject)) return parts;
  delete rest['citations'];
  return parts.map((part, index) =>
    index === at && part.kind === 'text' ? { ...part, citations: citations.map(readCitation) } : part,
  );
}

function readCall(call: Json): ToolCallPart | undefined {
  if (!isObject(call)) return undefined;
  const { id, type, function: called, ...rest } = call;
  if (typeof id !== 'string' || type !== 'function' || !isObject(called)) return undefined;
  const { name, arguments: args, ...more } = called;
  if (typeof name !== 'string' || (args !== undefined && typeof args !== 'string')) return undefined;
  if (Object.keys(more).length > 0) rest['$function'] = more;
  if (args === undefined) rest['$arguments'] = false;
  return {
    kind: 'tool-call',
    callId: id,
    name: toolNames.own(name),
    argsText: args ?? '{}',
    executedBy: 'client',
    ...ownFields(rest),
  };
}

function readToolResult(content: Json | undefined, rest: JsonObject): Turn {
  const { tool_call_id: id } = rest;
  if (typeof id !== 'string')
    return { role: 'user', parts: readContent(content, rest), ...ownFields({ ...rest, $role: 'tool' }) };
  delete rest['tool_call_id'];
  const parts = readContent(content, rest);
  return { role: 'tool', parts: [{ kind: 'tool-result', callId: asString(id) ?? '', parts }], ...ownFields(rest) };
}
