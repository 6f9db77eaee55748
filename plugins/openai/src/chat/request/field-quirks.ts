import type { Capabilities, JsonObject } from '@tapgate/core';
import { listOf } from '../capabilities.ts';
import { put } from '../own.ts';
import type { Losses } from './losses.ts';

/** Fields whose absence changes what an answer means. */
const contracts: ReadonlySet<string> = new Set([
  'n',
  'tools',
  'tool_choice',
  'response_format',
  'logprobs',
  'top_logprobs',
  'logit_bias',
  'stop',
  'modalities',
  'audio',
  'temperature',
  'top_p',
  'max_tokens',
  'max_completion_tokens',
  'web_search_options',
  'parallel_tool_calls',
]);

/** A field's name, and what the target calls it. */
export type Rename = readonly [from: string, to: string];

/** `seed:random_seed` as the two names. */
export function renamesOf(able: Capabilities): readonly Rename[] {
  return (listOf(able, 'renames') ?? []).map((entry) => {
    const [from = '', to = ''] = entry.split(':');
    return [from, to];
  });
}

/** Tells that a field is left out for this target. */
export function tellDropped(name: string, losses: Losses): void {
  if (contracts.has(name)) losses.contract(name, 'it does not take it');
  else losses.hint(name, 'it does not take it');
}

/** Leaves out and renames what the target wants left out or named otherwise. */
export function applyQuirks(fields: JsonObject, able: Capabilities, losses: Losses): JsonObject {
  const drops = new Set(listOf(able, 'drops'));
  const renames = new Map(renamesOf(able));
  if (drops.size === 0 && renames.size === 0) return fields;
  const result: JsonObject = {};
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    if (drops.has(name)) tellDropped(name, losses);
    else put(result, renames.get(name) ?? name, value);
  }
  return result;
}
