import {
  type ChatRequest,
  isObject,
  type Json,
  type JsonObject,
  type Part,
  type ToolCallPart,
  type ToolResultPart,
  type Turn,
  nothingSaid,
} from '@tapgate/core';
import { errors } from '../errors.ts';
import { ownMembers, ownOf } from '../own-fields.ts';
import { writeAssistant } from './write-assistant.ts';
import { contentOf, writeBlocks } from './write-content.ts';
import { writeResult } from './write-result.ts';
import type { Writing } from './writing.ts';

/** The leading instructions: a system message where its client wrote one, else one for all of them. */
export function writeInstructions(request: ChatRequest, sentence: string | undefined, writing: Writing): JsonObject[] {
  const groups: { readonly parts: Part[]; readonly members: JsonObject; readonly form: Json | undefined }[] = [];
  for (const part of request.instructions) {
    const own = ownOf(part);
    const message = isObject(own?.['$message']) ? own['$message'] : undefined;
    const last = groups.at(-1);
    if (last !== undefined && (own?.['$continues'] === true || (message === undefined && !writing.own)))
      last.parts.push(part);
    else groups.push({ parts: [part], members: membersIn(message), form: message?.['$content'] });
  }
  const messages = groups.flatMap(({ parts, members, form }, index): JsonObject[] => {
    const blocks = writeBlocks(parts, `messages[${index}]`, writing);
    return blocks.length === 0 && !writing.own
      ? []
      : [{ role: 'system', content: contentOf(blocks, form, writing), ...members }];
  });
  if (sentence !== undefined) messages.push({ role: 'system', content: sentence });
  return messages;
}

function membersIn(message: JsonObject | undefined): JsonObject {
  return Object.fromEntries(Object.entries(message ?? {}).filter(([name]) => !name.startsWith('$')));
}

/** The conversation, by the rule that the results of calls stand behind them. */
export function writeTurns(request: ChatRequest, writing: Writing): readonly JsonObject[] {
  const messages: JsonObject[] = [];
  let open: readonly ToolCallPart[] = [];
  let late: JsonObject[] = [];
  const settle = (): void => {
    messages.push(...open.map((call) => missing(call, writing)), ...late);
    open = [];
    late = [];
  };
  for (const [index, turn] of request.turns.entries()) {
    const path = turn.path ?? `messages[${request.instructions.length + index}]`;
    if (turn.name !== undefined) writing.losses.hint(`${path}.name`, 'messages have no name');
    if (turn.role === 'assistant') {
      if (!writing.own) settle();
      messages.push(...writeAssistant(turn, path, writing));
      open = writing.own ? [] : turn.parts.filter(isClientCall);
      continue;
    }
    for (const { part, at } of resultsIn(turn, path)) {
      const call = open.find(({ callId }) => callId === part.callId);
      open = open.filter((one) => one !== call);
      const answered = call !== undefined || writing.own;
      messages.push(...(answered ? writeResult(part, turn, at, writing) : []));
      if (!answered) late.push(...orphan(part, at, writing));
    }
    const said = writeSaid(turn, path, writing);
    // What is said between calls and their results waits behind them.
    if (open.length > 0) late.push(...said);
    else messages.push(...late.splice(0), ...said);
  }
  settle();
  if (messages.length === 0 && !writing.own)
    throw nothingSaid(writing.losses, errors.CONVERSATION_EMPTY({}, { param: 'messages' }));
  return messages;
}

function isClientCall(part: Part): part is ToolCallPart {
  return part.kind === 'tool-call' && part.executedBy === 'client';
}

function resultsIn(turn: Turn, path: string): readonly { readonly part: ToolResultPart; readonly at: string }[] {
  return turn.parts.flatMap((part, index) =>
    part.kind === 'tool-result' ? [{ part, at: turn.parts.length === 1 ? path : `${path}.content[${index}]` }] : [],
  );
}

/** A message of the user or the system, without the results of calls. */
function writeSaid(turn: Turn, path: string, writing: Writing): readonly JsonObject[] {
  const parts = turn.parts.filter((part) => part.kind !== 'tool-result');
  if (turn.role === 'tool' && parts.length === 0) return [];
  const own = ownOf(turn);
  const blocks = writeBlocks(parts, path, writing);
  if (blocks.length === 0 && !writing.own) return [];
  const role = own?.['$role'] ?? (turn.role === 'instruction' ? 'system' : 'user');
  const content = contentOf(blocks, own?.['$content'], writing);
  return [{ role, ...(own?.['$content'] === 'none' && blocks.length === 0 ? {} : { content }), ...ownMembers(turn) }];
}

/** Clients leave calls without a result behind when they are interrupted, or sum up. */
function missing(call: ToolCallPart, { losses }: Writing): JsonObject {
  losses.hint('messages', `the call "${call.callId}" has no result`, 'synthesised');
  return { role: 'tool', tool_call_id: call.callId, content: 'Error: The tool call was interrupted.' };
}

/** A result whose call is gone: its content, with a word on what it was. */
function orphan(part: ToolResultPart, path: string, writing: Writing): readonly JsonObject[] {
  writing.losses.hint(path, `its call "${part.callId}" is not in the message before`, 'approximated');
  const text = `Result of an earlier call of ${part.name ?? 'a tool'} (${part.callId}):`;
  const blocks = writeBlocks([{ kind: 'text', text }, ...part.parts], path, writing);
  return [{ role: 'user', content: blocks }];
}
