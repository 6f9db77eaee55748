import type { Json, Turn } from '@tapgate/core';
import type { Message } from './message.ts';
import { ownMembers, ownOf } from './own-fields.ts';
import { writeBlock } from './write-block.ts';
import type { Writing } from './writing.ts';

const roles = { user: 'user', tool: 'user', assistant: 'assistant', instruction: 'system' } as const;

/** The turns of a conversation that came in this dialect: each message as its client wrote it, lawful or not. */
export function ownTurns(turns: readonly Turn[], writing: Writing): readonly Message[] {
  const messages: Message[] = [];
  let open: Json[] | undefined;
  for (const turn of turns) {
    const own = ownOf(turn);
    const blocks = blocksOf(turn, writing);
    if (own?.['$continues'] === true && open !== undefined) {
      open.push(...blocks);
      continue;
    }
    const content = contentOf(turn, blocks);
    open = content === blocks ? blocks : undefined;
    messages.push({ role: own?.['$role'] ?? roles[turn.role], content, members: ownMembers(turn) });
  }
  return messages;
}

function blocksOf(turn: Turn, writing: Writing): Json[] {
  const blocks: Json[] = [];
  for (const [index, part] of turn.parts.entries()) {
    const block = writeBlock(part, `${turn.path ?? 'messages'}.content[${index}]`, writing);
    if (block !== undefined) blocks.push(block);
  }
  return blocks;
}

/** A list of blocks, unless the message was one text and still is, or had no content at all. */
function contentOf(turn: Turn, blocks: Json[]): Json | undefined {
  const form = ownOf(turn)?.['$content'];
  const [only] = turn.parts;
  if (form === 'text' && turn.parts.length === 1 && only?.kind === 'text' && only.cache === undefined) return only.text;
  if (form !== undefined && form !== 'text' && blocks.length === 0) return form === null ? undefined : form;
  return blocks;
}
