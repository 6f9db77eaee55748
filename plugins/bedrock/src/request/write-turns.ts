import { nothingSaid, type ChatRequest, type JsonObject, type Turn } from '@tapgate/core';
import { errors } from '../errors.ts';
import { ownMembers, ownOf } from '../own-fields.ts';
import type { WireCall } from './call-ids.ts';
import { flattened } from './flatten-tools.ts';
import type { Message, Placed } from './message.ts';
import { writeOthers } from './write-others.ts';
import { writePart, writeToolUse } from './write-block.ts';
import type { Writing } from './writing.ts';

/** The messages of a conversation, and all calls in it. */
export interface WrittenTurns {
  readonly messages: readonly Message[];
  readonly calls: readonly WireCall[];
}

/**
 * The turns of a conversation, by the rules whose breach the API answers with a 400: roles alternate and a user begins;
 * the results of all calls of a message stand together in the next one; no text is blank; a document has a text beside it.
 *
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Message.html
 * @throws CONVERSATION_EMPTY where nothing is left to answer.
 */
export function writeTurns(request: ChatRequest, mayCall: boolean, writing: Writing): WrittenTurns {
  const turns = mayCall ? request.turns : flattened(request.turns, writing);
  const messages: Message[] = [];
  const all: WireCall[] = [];
  let open: readonly WireCall[] = [];
  for (const run of runsOf(turns, request.instructions.length)) {
    for (const { turn, path } of run)
      if (turn.name !== undefined) writing.losses.hint(`${path}.name`, 'messages have no name');
    if (run[0]?.turn.role === 'assistant') {
      open = writeAssistant(run, messages, writing);
      all.push(...open);
    } else {
      writeOthers(run, open, messages, writing);
      open = [];
    }
  }
  if (open.length > 0) writeOthers([], open, messages, writing);
  if (messages.length === 0) throw nothingSaid(writing.losses, errors.CONVERSATION_EMPTY({}, { param: 'messages' }));
  return { messages: lawfulEnd(begun(messages, writing), writing), calls: all };
}

/** Neighbouring turns of the assistant, and neighbouring turns of everybody else, taken together. */
function runsOf(turns: readonly Turn[], before: number): readonly (readonly Placed[])[] {
  const runs: Placed[][] = [];
  for (const [index, turn] of turns.entries()) {
    const placed = { turn, path: turn.path ?? `messages[${before + index}]` };
    const last = runs.at(-1);
    const isSame = (last?.[0]?.turn.role === 'assistant') === (turn.role === 'assistant');
    if (last !== undefined && isSame) last.push(placed);
    else runs.push([placed]);
  }
  return runs;
}

/** Adds the assistant's message, its calls last. Gives the calls that must be answered. */
function writeAssistant(run: readonly Placed[], messages: Message[], writing: Writing): readonly WireCall[] {
  const blocks: JsonObject[] = [];
  const callBlocks: JsonObject[] = [];
  const calls: WireCall[] = [];
  for (const { turn, path } of run) {
    for (const [index, part] of turn.parts.entries()) {
      const at = `${path}.content[${index}]`;
      if (part.kind === 'media') {
        writing.losses.hint(at, 'an answer holds no media here', 'approximated');
        blocks.push({ text: `[${part.mediaType}${part.name === undefined ? '' : `: ${part.name}`}]` });
      } else if (part.kind !== 'tool-call') blocks.push(...writePart(part, at, writing));
      else if (part.executedBy === 'client') {
        const place = `${path}.tool_calls[${calls.length}]`;
        const call = { callId: part.callId, id: writing.ids.take(part.callId, place), name: part.name };
        calls.push(call);
        callBlocks.push(writeToolUse(part, call.id, place));
      } else if (ownOf(part) !== undefined) blocks.push(writeToolUse(part, part.callId, at));
      else writing.losses.hint(at, 'a tool that another vendor ran is not known here');
    }
  }
  const content = [...blocks, ...callBlocks];
  const [first] = run;
  if (content.length > 0) messages.push({ role: 'assistant', content, members: ownMembers(first?.turn) });
  return calls;
}

/** A conversation that the assistant begins is given a beginning. */
function begun(messages: readonly Message[], writing: Writing): readonly Message[] {
  if (messages[0]?.role !== 'assistant') return messages;
  writing.losses.hint('messages', 'a conversation begins with a user message', 'synthesised');
  return [{ role: 'user', content: [{ text: '(The conversation begins.)' }] }, ...messages];
}

/** A last message of the assistant is the beginning of the answer: some models go on with it, most refuse. */
function lawfulEnd(messages: readonly Message[], { able, losses }: Writing): readonly Message[] {
  const last = messages.at(-1);
  if (last?.role !== 'assistant') return messages;
  const before = messages.slice(0, -1);
  if (able['prefill'] !== true) {
    losses.contract(`messages[${messages.length - 1}]`, 'the model does not continue an answer that was begun');
    return before;
  }
  const text = last.content.at(-1)?.['text'];
  if (typeof text !== 'string') return messages;
  return [...before, { ...last, content: [...last.content.slice(0, -1), { text: text.trimEnd() }] }];
}
