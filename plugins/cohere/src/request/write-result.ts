import type { JsonObject, Part, ToolResultPart, Turn } from '@tapgate/core';
import { ownMembers, ownOf } from '../own-fields.ts';
import { contentOf, writeBlocks } from './write-content.ts';
import type { Writing } from './writing.ts';

/** A tool's result. Pictures in it go into a message of the user behind it, because a result holds texts and documents. */
export function writeResult(part: ToolResultPart, turn: Turn, path: string, writing: Writing): readonly JsonObject[] {
  const own = ownOf(turn);
  const pictures = writing.own ? [] : part.parts.filter(isPicture);
  const parts = part.parts.filter((inner) => !pictures.includes(inner));
  const isError = part.isError === true;
  if (isError) writing.losses.hint(`${path}.is_error`, 'a failure is said in words', 'approximated');
  const blocks = writeBlocks(isError ? marked(parts) : parts, path, writing);
  const isNone = own?.['$content'] === 'none' && blocks.length === 0;
  const content = blocks.length === 0 && !writing.own ? '' : contentOf(blocks, own?.['$content'], writing);
  const message = { role: 'tool', tool_call_id: part.callId, ...(isNone ? {} : { content }), ...ownMembers(turn) };
  const shown = writeBlocks(pictures, path, writing);
  if (shown.length === 0) return [message];
  writing.losses.hint(path, 'a picture in a result stands behind it', 'approximated');
  const words = { type: 'text', text: `Pictures of the result of ${part.callId}:` };
  return [message, { role: 'user', content: [words, ...shown] }];
}

function isPicture(part: Part): boolean {
  return part.kind === 'media' && part.mediaType.startsWith('image/');
}

/** There is no flag for a result that is an error. */
function marked(parts: readonly Part[]): readonly Part[] {
  const [first, ...rest] = parts;
  if (first?.kind === 'text') return [{ ...first, text: `Error: ${first.text}` }, ...rest];
  return [{ kind: 'text', text: 'Error:' }, ...parts];
}
