import type { Capabilities } from '@tapgate/core';
import type { Known, Medium } from './model.ts';

/**
 * What a model can do in the words that dialects and filters read. A medium that a list does not name is one the model does
 * not take; documents alone are told apart only for models of text, because lists forget them.
 */
export function abilitiesOf({ contextWindow, maxOutputTokens, reads, tools, reasoning }: Known): Capabilities {
  const abilities: Record<string, boolean | number> = {};
  if (contextWindow !== undefined) abilities['contextWindow'] = contextWindow;
  if (maxOutputTokens !== undefined) abilities['maxOutputTokens'] = maxOutputTokens;
  if (tools !== undefined) abilities['tools'] = tools;
  if (reasoning !== undefined) abilities['reasoning'] = reasoning;
  if (reads === undefined) return abilities;
  const takes = (medium: Medium): boolean => reads.includes(medium);
  abilities['images'] = takes('image');
  abilities['audio'] = takes('audio');
  abilities['video'] = takes('video');
  if (takes('pdf') || !takes('image')) abilities['files'] = takes('pdf');
  return abilities;
}
