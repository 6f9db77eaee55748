import {
  type ChatRequest,
  coreErrors,
  defined,
  type GatewayError,
  isObject,
  type Json,
  type JsonObject,
  type Part,
  type Turn,
} from '@tapgate/core';
import { Fields } from '../fields.ts';
import { extOf, ownExt } from '../own.ts';
import { readContent, readPart } from './read-content.ts';
import { takeThinking } from './read-thinking.ts';
import { LegacyCalls, readToolCall, signedBy, takeSignature } from './read-tool-calls.ts';

/** The conversation of a request. */
export type Conversation = Pick<ChatRequest, 'instructions' | 'turns'>;

type Instruction = ChatRequest['instructions'][number];

/** Reads `messages`. Leading system and developer messages become instructions, later ones keep their place. */
export function readMessages(messages: Json | undefined): Conversation {
  if (!Array.isArray(messages)) throw invalid('messages', 'an array');
  const instructions: Instruction[] = [];
  const turns: Turn[] = [];
  const legacy = new LegacyCalls();
  for (const [index, message] of (messages as readonly Json[]).entries()) {
    const path = `messages[${index}]`;
    if (!isObject(message)) throw invalid(path, 'an object');
    const turn = readMessage(message, path, legacy);
    if (turn.role === 'instruction' && turns.length === 0) instructions.push(...leading(turn, instructions.length > 0));
    else turns.push(turn);
  }
  return { instructions, turns };
}

/** What is said where a body is JSON, but not this dialect's. */
export function invalid(field: string, expected: string): GatewayError {
  return coreErrors.BODY_INVALID({ reason: `"${field}" is not ${expected}` }, { param: field });
}

function readMessage(message: JsonObject, path: string, legacy: LegacyCalls): Turn {
  const fields = new Fields(message);
  const role = fields.peek('role');
  switch (role) {
    case 'system':
    case 'developer':
      fields.take('role');
      return turnOf(
        'instruction',
        fields,
        contentOf(fields, path).map((part) => withRole(part, role)),
        path,
      );
    case 'user':
      fields.take('role');
      return turnOf('user', fields, contentOf(fields, path), path);
    case 'assistant':
      fields.take('role');
      return turnOf('assistant', fields, assistantParts(fields, path, legacy), path);
    case 'tool':
    case 'function':
      fields.take('role');
      return resultTurn(fields, path, role === 'function' ? legacy : undefined);
    default:
      throw invalid(`${path}.role`, 'a role');
  }
}

function turnOf(role: Turn['role'], fields: Fields, parts: readonly Part[], path: string): Turn {
  return { role, parts, path, ...defined({ name: fields.string('name') }), ...extOf(fields.rest()) };
}

function contentOf(fields: Fields, path: string): readonly Part[] {
  const parts = readContent(fields.peek('content'));
  if (parts === undefined) throw invalid(`${path}.content`, 'a text or an array of parts');
  fields.take('content');
  return parts;
}

function withRole(part: Part, role: 'system' | 'developer'): Part {
  return part.kind === 'text' ? { ...part, role } : part;
}

/** The note on the first part says that a message begins there, and holds what else the message says. */
function leading(turn: Turn, follows: boolean): Instruction[] {
  const parts = turn.parts.filter(isInstruction);
  const message: JsonObject = { ...(turn.name !== undefined && { name: turn.name }), ...ownExt(turn) };
  const [first, ...others] = parts;
  if (first === undefined || !(follows || Object.keys(message).length > 0)) return parts;
  return [{ ...first, ...extOf(ownExt(first), { $message: message }) }, ...others];
}

function isInstruction(part: Part): part is Instruction {
  return part.kind === 'text' || part.kind === 'media' || part.kind === 'opaque';
}

function assistantParts(fields: Fields, path: string, legacy: LegacyCalls): Part[] {
  const parts: Part[] = [...takeThinking(fields), ...signed(contentOf(fields, path), fields)];
  const refusal = fields.string('refusal');
  if (refusal !== undefined && refusal !== '') parts.push({ kind: 'refusal', text: refusal });
  for (const image of fields.array('images') ?? []) parts.push(asImage(readPart(image)));
  for (const call of fields.array('tool_calls') ?? []) parts.push(readToolCall(call));
  const call = fields.object('function_call');
  if (call !== undefined) parts.push(legacy.call(call));
  return parts;
}

/** Vendors that sign texts sign the whole of them: the signature stands beside the content. */
function signed(content: readonly Part[], fields: Fields): readonly Part[] {
  const last = content.findLastIndex((part) => part.kind === 'text');
  const text = content[last];
  if (text?.kind !== 'text') return content;
  const seal = takeSignature(fields);
  return seal === undefined ? content : content.with(last, { ...text, seal, ...extOf(ownExt(text), signedBy(seal)) });
}

/** Notes where an assistant's image stood, which official servers do not know. */
function asImage(part: Part): Part {
  return part.kind === 'media' ? { ...part, ...extOf(ownExt(part), { $as: 'images' }) } : part;
}

function resultTurn(fields: Fields, path: string, legacy: LegacyCalls | undefined): Turn {
  const name = fields.string('name');
  const callId = legacy === undefined ? (fields.string('tool_call_id') ?? '') : legacy.answered(name ?? '');
  const parts = contentOf(fields, path);
  return {
    role: 'tool',
    path,
    parts: [{ kind: 'tool-result', callId, parts, ...defined({ name }), ...extOf(fields.rest()) }],
  };
}
