import { type ChatRequest, defined, type JsonObject, type ToolCallPart, type Turn } from '@tapgate/core';
import { ownMembers } from '../own-fields.ts';
import { roleOf } from './role-of.ts';
import { writeAssistant } from './write-assistant.ts';
import { imagesIn, textIn } from './write-content.ts';
import { type WrittenResult, writeResult } from './write-result.ts';
import type { Writing } from './writing.ts';

/** The instructions, one message each, and the conversation. */
export function writeMessages(request: ChatRequest, writing: Writing): readonly JsonObject[] {
  const messages: JsonObject[] = [];
  for (const [index, part] of request.instructions.entries()) {
    const content = textIn([part], `messages[${index}]`, writing);
    if (content !== '') messages.push({ role: roleOf(part, 'system'), content, ...ownMembers(part) });
  }
  const calls: ToolCallPart[] = [];
  let results: WrittenResult[] = [];
  for (const [index, turn] of request.turns.entries()) {
    const path = turn.path ?? `messages[${request.instructions.length + index}]`;
    if (turn.name !== undefined) writing.losses.hint(`${path}.name`, 'messages have no name');
    const said = turn.role === 'assistant' ? writeAssistant(turn, path, writing) : writeSaid(turn, path, writing);
    results.push(...resultsIn(turn, calls, path, writing));
    if (said.length === 0) continue;
    messages.push(...inOrder(results, writing), ...said);
    results = [];
    calls.push(...turn.parts.filter((part) => part.kind === 'tool-call'));
  }
  return [...messages, ...inOrder(results, writing)];
}

function resultsIn(
  turn: Turn,
  calls: readonly ToolCallPart[],
  path: string,
  writing: Writing,
): readonly WrittenResult[] {
  return turn.parts
    .filter((part) => part.kind === 'tool-result')
    .map((part) => writeResult(part, turn, calls, path, writing));
}

/** Results in the order of their calls, because most models are shown no ids; then the pictures that were in them. */
function inOrder(results: readonly WrittenResult[], { own }: Writing): readonly JsonObject[] {
  const ordered = own ? results : results.toSorted((one, other) => one.order - other.order);
  return [...ordered.map(({ message }) => message), ...ordered.flatMap(({ pictures }) => pictures)];
}

/** A message of the user or the system, without the results of calls. */
function writeSaid(turn: Turn, path: string, writing: Writing): readonly JsonObject[] {
  const parts = turn.parts.filter((part) => part.kind !== 'tool-result');
  if (parts.length === 0 && (turn.role === 'tool' || !writing.own)) return [];
  const content = textIn(parts, path, writing);
  const images = imagesIn(parts, path, writing);
  if (content.trim() === '' && images.length === 0 && !writing.own) return [];
  const role = roleOf(turn, turn.role === 'instruction' ? 'system' : 'user');
  const said = defined({
    content: content === '' && writing.own ? undefined : content,
    images: images.length === 0 ? undefined : images,
  });
  return [{ role, ...said, ...ownMembers(turn) }];
}
