import { isArray, isObject, type Json, type JsonObject } from '@tapgate/core';
import type { Message } from './message.ts';
import type { Writing } from './writing.ts';

const MAX_MARKS = 4;

/**
 * Keeps as many cache marks as the API takes, and in the order of their times to live: the last ones of the tools and the
 * system prompt, which many conversations share, and the last ones of the conversation.
 *
 * @see https://platform.claude.com/docs/en/build-with-claude/prompt-caching
 */
export function limitMarks(
  prefix: readonly Json[],
  messages: readonly Message[],
  automatic: boolean,
  writing: Writing,
): void {
  const shared = marked(prefix);
  const spoken = messages.flatMap(({ content }) => (isArray(content) ? marked(content) : []));
  const room = MAX_MARKS - (automatic ? 1 : 0);
  const sharedRoom = Math.min(shared.length, Math.max(1, room - spoken.length));
  const spokenRoom = room - sharedRoom;
  const dropped = [
    ...shared.slice(0, shared.length - sharedRoom),
    ...spoken.slice(0, Math.max(0, spoken.length - spokenRoom)),
  ];
  for (const block of dropped) delete block['cache_control'];
  if (dropped.length > 0) writing.losses.hint('cache_control', `a prompt has at most ${MAX_MARKS} marks`);
  shorten(
    [...shared, ...spoken].filter((block) => !dropped.includes(block)),
    writing,
  );
}

/** The blocks that bear a mark, those within a tool's result too. */
function marked(blocks: readonly Json[]): JsonObject[] {
  return blocks.filter(isObject).flatMap((block) => {
    const inner = isArray(block['content']) ? marked(block['content']) : [];
    return block['cache_control'] === undefined ? inner : [...inner, block];
  });
}

/** A mark that lives an hour must not stand behind one that lives five minutes; other times are not known. */
function shorten(blocks: readonly JsonObject[], { losses }: Writing): void {
  let short = false;
  for (const block of blocks) {
    const control = block['cache_control'];
    if (!isObject(control)) continue;
    const { ttl, ...rest } = control;
    const isHour = ttl === '1h';
    if (ttl !== undefined && ttl !== '5m' && (!isHour || short)) {
      block['cache_control'] = rest;
      losses.hint(
        'cache_control.ttl',
        isHour ? 'an hour stands before five minutes' : 'a mark lives 5m or 1h',
        'approximated',
      );
    }
    short ||= !isHour;
  }
}
