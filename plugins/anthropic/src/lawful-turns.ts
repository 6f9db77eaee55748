import { type ChatRequest, isObject, type Json, type Part, nothingSaid } from '@tapgate/core';
import { CallIds, type WireCall } from './call-ids.ts';
import { errors } from './errors.ts';
import { writeInstructions } from './instruction-turns.ts';
import type { Message, Placed } from './message.ts';
import { writeResults } from './tool-results.ts';
import { isEmptyText, writeBlock, writeToolUse } from './write-block.ts';
import type { Writing } from './writing.ts';

/**
 * The turns of a conversation from another dialect, by the rules whose breach the API answers with a 400: roles alternate
 * and a user begins; the results of all calls of a message stand at the beginning of the next one; no text is empty.
 *
 * @see https://platform.claude.com/docs/en/agents-and-tools/tool-use/handle-tool-calls
 * @throws CONVERSATION_EMPTY where nothing is left to answer.
 */
export function lawfulTurns(request: ChatRequest, writing: Writing): readonly Message[] {
  const ids = new CallIds();
  const messages: Message[] = [];
  let calls: readonly WireCall[] = [];
  for (const run of runsOf(request)) {
    for (const { turn, path } of run)
      if (turn.name !== undefined) writing.losses.hint(`${path}.name`, 'messages have no name');
    if (run[0]?.turn.role === 'assistant') {
      calls = writeAssistant(run, ids, messages, writing);
    } else {
      writeOthers(run, calls, messages, writing);
      calls = [];
    }
  }
  if (calls.length > 0) writeOthers([], calls, messages, writing);
  if (messages.length === 0) throw nothingSaid(writing.losses, errors.CONVERSATION_EMPTY({}, { param: 'messages' }));
  return begun(messages, writing);
}

/** Neighbouring turns of the assistant, and neighbouring turns of everybody else, taken together. */
function runsOf(request: ChatRequest): readonly (readonly Placed[])[] {
  const runs: Placed[][] = [];
  for (const [index, turn] of request.turns.entries()) {
    const placed = { turn, path: turn.path ?? `messages[${request.instructions.length + index}]` };
    const last = runs.at(-1);
    if (last !== undefined && isAssistant(last[0]) === isAssistant(placed)) last.push(placed);
    else runs.push([placed]);
  }
  return runs;
}

function isAssistant(placed: Placed | undefined): boolean {
  return placed?.turn.role === 'assistant';
}

/** Adds the assistant's message, its calls last. Gives the calls that must be answered. */
function writeAssistant(
  run: readonly Placed[],
  ids: CallIds,
  messages: Message[],
  writing: Writing,
): readonly WireCall[] {
  const blocks: Json[] = [];
  const calls: WireCall[] = [];
  const callBlocks: Json[] = [];
  for (const { turn, path } of run) {
    let callIndex = 0;
    for (const [index, part] of turn.parts.entries()) {
      if (part.kind === 'tool-call' && part.executedBy === 'client') {
        const at = `${path}.tool_calls[${callIndex}]`;
        callIndex += 1;
        const call = { callId: part.callId, id: ids.take(part.callId, at) };
        calls.push(call);
        push(callBlocks, writeToolUse(part, call.id, at, writing));
      } else push(blocks, assistantBlock(part, `${path}.content[${index}]`, writing));
    }
  }
  const content = [...withoutEmpty(blocks), ...callBlocks];
  if (content.length > 0) messages.push({ role: 'assistant', content });
  return calls;
}

/** An assistant says only text here: what else it said is named, so that the turn is not empty. */
function assistantBlock(part: Part, path: string, writing: Writing): Json | undefined {
  if (part.kind !== 'media') return writeBlock(part, path, writing);
  writing.losses.hint(path, 'an answer holds no media here', 'approximated');
  return { type: 'text', text: `[${part.mediaType}${part.name === undefined ? '' : `: ${part.name}`}]` };
}

/** Without texts that show nothing; one beside signed thinking stays, because what was signed must come back unchanged. */
function withoutEmpty(blocks: readonly Json[]): Json[] {
  return blocks.filter(
    (block, index) => !isEmptyText(block) || isThinking(blocks[index - 1]) || isThinking(blocks[index + 1]),
  );
}

/** Whether a block is thinking, to be read or not. */
export function isThinking(block: Json | undefined): boolean {
  const type = isObject(block) ? block['type'] : undefined;
  return type === 'thinking' || type === 'redacted_thinking';
}

/** Adds the user's message: the results of all calls first and in their order, then the rest; and what the system says. */
function writeOthers(run: readonly Placed[], calls: readonly WireCall[], messages: Message[], writing: Writing): void {
  const { results, rest } = writeResults(run, calls, writing);
  const { content, system } = writeInstructions(rest, results.length > 0, writing);
  const user = [...results, ...content.filter((block) => !isEmptyText(block))];
  if (user.length > 0) messages.push({ role: 'user', content: user });
  if (system.length > 0) messages.push({ role: 'system', content: system });
}

/** A conversation that the assistant begins is given a beginning. */
function begun(messages: readonly Message[], writing: Writing): readonly Message[] {
  if (messages[0]?.role !== 'assistant') return messages;
  writing.losses.hint('messages', 'a conversation begins with a user message', 'synthesised');
  return [{ role: 'user', content: [{ type: 'text', text: '(The conversation begins.)' }] }, ...messages];
}

function push(blocks: Json[], block: Json | undefined): void {
  if (block !== undefined) blocks.push(block);
}
