import type { Json } from '@tapgate/core';
import { type PlacedPart, writeParts } from './tool-results.ts';
import { isEmptyText } from './write-block.ts';
import type { Writing } from './writing.ts';

/** A user's blocks, and what the system says behind them. */
export interface Instructed {
  readonly content: readonly Json[];
  readonly system: readonly Json[];
}

/**
 * Places what the system says in the middle of a conversation. A model that takes system messages there takes them only
 * behind a user's message; any other reads them as marked text, where they stood. `answers`: the user's message has
 * results of calls beside these parts.
 *
 * @see https://platform.claude.com/docs/en/build-with-claude/mid-conversation-system-messages
 */
export function writeInstructions(parts: readonly PlacedPart[], answers: boolean, writing: Writing): Instructed {
  const others = parts.filter((part) => !part.instruction);
  const said = parts.filter((part) => part.instruction);
  if (said.length === 0) return { content: writeParts(others, writing), system: [] };
  const content = writeParts(others, writing);
  if (writing.able['midSystem'] === true && (answers || content.some((block) => !isEmptyText(block)))) {
    if (parts.at(-1)?.instruction === false) tell(said, 'it stands behind the user message', writing);
    return { content, system: writeParts(said, writing).filter((block) => !isEmptyText(block)) };
  }
  tell(said, 'it takes no system message in the middle of a conversation', writing);
  return { content: writeParts(parts.map(marked), writing), system: [] };
}

function marked(placed: PlacedPart): PlacedPart {
  const { part, instruction } = placed;
  if (!instruction || part.kind !== 'text' || part.text.trim() === '') return placed;
  return { ...placed, part: { ...part, text: `<system>\n${part.text}\n</system>` } };
}

function tell(said: readonly PlacedPart[], reason: string, writing: Writing): void {
  for (const { path } of said) writing.losses.hint(path, reason, 'approximated');
}
