import type { ChatRequest, Json } from '@tapgate/core';
import { chatDialect, type Ext } from '../own.ts';
import type { Losses } from './losses.ts';

/** Top-level fields of other dialects whose absence changes nothing of what the answer says. */
const harmless: ReadonlySet<string> = new Set([
  'betas',
  'client_metadata',
  'context_management',
  'include',
  'labels',
  'max_tool_calls',
  'metadata',
  'prompt_cache_options',
  'reasoning',
  'service_tier',
  'stream_options',
  'text',
]);

/** Tells which fields of the client's own dialect have no place here: of the request itself. */
export function tellForeignFields(request: ChatRequest, losses: Losses): void {
  forEachForeign(request.ext, (name, reason) => {
    if (harmless.has(name)) losses.hint(name, reason);
    else losses.contract(name, reason);
  });
}

/** The same of a part or a tool, which say what they say without them. */
export function tellForeignDetails(carrier: { readonly ext?: Ext }, path: string, losses: Losses): void {
  if (carrier.ext !== undefined) {
    forEachForeign(carrier.ext, (name, reason) => losses.hint(`${path}.${name}`, reason));
  }
}

function forEachForeign(ext: Ext, tell: (name: string, reason: string) => void): void {
  for (const [dialect, fields] of Object.entries(ext)) {
    if (dialect === chatDialect || dialect.includes(':')) continue;
    for (const [name, value] of Object.entries(fields)) {
      if (!name.startsWith('$') && saysSomething(value)) tell(name, `it is a field of ${dialect} alone`);
    }
  }
}

function saysSomething(value: Json | undefined): boolean {
  return value !== null && value !== undefined;
}
