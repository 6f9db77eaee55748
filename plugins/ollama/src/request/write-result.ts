import { defined, type JsonObject, type ToolCallPart, type ToolResultPart, type Turn } from '@tapgate/core';
import { ownMembers, ownOf } from '../own-fields.ts';
import { roleOf } from './role-of.ts';
import { imagesIn, textIn } from './write-content.ts';
import type { Writing } from './writing.ts';

/** A tool's result, and where among the results it belongs. */
export interface WrittenResult {
  readonly message: JsonObject;
  /** A message of the user with the pictures that were in it: models are shown those of users only. */
  readonly pictures: readonly JsonObject[];
  readonly order: number;
}

/** A tool's result. It names its tool, by the call if need be. */
export function writeResult(
  part: ToolResultPart,
  turn: Turn,
  calls: readonly ToolCallPart[],
  path: string,
  writing: Writing,
): WrittenResult {
  const own = ownOf(turn);
  const order = calls.findLastIndex(({ callId }) => callId === part.callId);
  const name = part.name ?? calls[order]?.name;
  const text = textIn(part.parts, path, writing, '\n');
  if (part.isError === true) writing.losses.hint(`${path}.is_error`, 'a failure is said in words', 'approximated');
  const content = part.isError === true && !text.startsWith('Error') ? `Error: ${text}` : text;
  const images = imagesIn(part.parts, path, writing);
  const head = defined({
    role: roleOf(turn, 'tool'),
    tool_name: own?.['$name'] === false ? undefined : name,
    tool_call_id: own?.['$id'] === false || part.callId === '' ? undefined : part.callId,
  });
  if (writing.own) {
    const shown = { content: content === '' ? undefined : content, images: images.length === 0 ? undefined : images };
    return { message: { ...head, ...defined(shown), ...ownMembers(turn) }, pictures: [], order };
  }
  if (images.length > 0) writing.losses.hint(path, 'a picture in a result stands behind it', 'approximated');
  const words = `Pictures of the result of ${name ?? part.callId}:`;
  const pictures = images.length === 0 ? [] : [{ role: 'user', content: words, images }];
  // One whose call is gone belongs behind the others.
  return { message: { ...head, content }, pictures, order: order === -1 ? calls.length : order };
}
