import { type CacheMark, isObject, type JsonObject } from '@tapgate/core';
import type { Message } from './message.ts';
import type { Writing } from './writing.ts';

const MAX_POINTS = 4;

/** The block that marks the end of what is to be cached; nothing, and a hint, where the model caches nothing at marks. */
export function cachePoint(
  cache: CacheMark | undefined,
  path: string,
  { able, losses }: Writing,
): JsonObject | undefined {
  if (cache === undefined) return undefined;
  if (able['caching'] !== true) {
    losses.hint(`${path}.cache_control`, 'the model caches nothing at marks');
    return undefined;
  }
  const { ttl } = cache;
  if (ttl === undefined || ttl === '5m') return { cachePoint: { type: 'default', ttl } };
  if (ttl === '1h' && able['cacheHour'] === true) return { cachePoint: { type: 'default', ttl } };
  losses.hint(`${path}.cache_control.ttl`, 'a mark lives as long as the model has it', 'approximated');
  return { cachePoint: { type: 'default' } };
}

/** The marks of a prompt, by where they stand. */
export interface Marked {
  readonly tools: readonly JsonObject[];
  readonly system: readonly JsonObject[];
  readonly messages: readonly Message[];
}

/**
 * Keeps as many marks as the API takes, in the order tools, system, messages: the last ones of what many conversations
 * share, and the last ones of the conversation. One that lives an hour may not follow one that lives five minutes.
 *
 * @see https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html
 */
export function limitPoints({ tools, system, messages }: Marked, { losses }: Writing): Marked {
  const shared = [...tools, ...system].filter(isPoint);
  const spoken = messages.flatMap(({ content }) => content.filter(isPoint));
  const sharedRoom = Math.min(shared.length, Math.max(1, MAX_POINTS - spoken.length));
  const kept = [
    ...shared.slice(shared.length - sharedRoom),
    ...spoken.slice(Math.max(0, spoken.length - MAX_POINTS + sharedRoom)),
  ];
  if (kept.length < shared.length + spoken.length)
    losses.hint('cache_control', `a prompt has at most ${MAX_POINTS} marks`);
  const long = kept.findIndex((block, at) => isHour(block) && kept.slice(0, at).some((before) => !isHour(before)));
  if (long !== -1) losses.hint('cache_control.ttl', 'an hour stands before five minutes', 'approximated');
  const lawful = (blocks: readonly JsonObject[]): readonly JsonObject[] =>
    blocks.flatMap((block) => {
      if (!isPoint(block)) return [block];
      const at = kept.indexOf(block);
      if (at === -1) return [];
      return [long !== -1 && at >= long ? { cachePoint: { type: 'default' } } : block];
    });
  return {
    tools: lawful(tools),
    system: lawful(system),
    messages: messages.map((message) => ({ ...message, content: lawful(message.content) })),
  };
}

function isPoint(block: JsonObject): boolean {
  return 'cachePoint' in block;
}

function isHour({ cachePoint: point }: JsonObject): boolean {
  return isObject(point) && point['ttl'] === '1h';
}
