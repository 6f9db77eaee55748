import type { ChatRequest } from '@tapgate/core';
import type { Losses } from '../chat/request/losses.ts';
import { dialectName } from './names.ts';
import { saysNothing } from './own.ts';

/** Fields of other dialects whose absence changes nothing that a client would see in the answer. */
const hints: ReadonlySet<string> = new Set([
  'prediction',
  'stream_options',
  'prompt_cache_options',
  'store',
  'include_reasoning',
  'transforms',
  'usage',
  'labels',
]);

/** Tells which fields of the client's own dialect have no place here. */
export function foreignFields(ext: ChatRequest['ext'], losses: Losses): void {
  for (const [dialect, fields] of Object.entries(ext)) {
    if (dialect === dialectName) continue;
    for (const [name, value] of Object.entries(fields)) {
      if (name.startsWith('$') || value === undefined || saysNothing(value)) continue;
      if (hints.has(name)) losses.hint(name, `it is known to ${dialect} alone`);
      else losses.contract(name, `it is known to ${dialect} alone`);
    }
  }
}
