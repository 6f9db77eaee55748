import {
  isArray,
  isObject,
  type Json,
  type JsonObject,
  type ChatRequest,
  type Part,
  type ReasoningPart,
  type Turn,
} from '@tapgate/core';
import { dialectName } from './dialect-name.ts';
import { errors } from './errors.ts';
import { ownFields } from './own-fields.ts';
import { opaqueBlock, readBlock, tagsPrevious } from './read-block.ts';

/** The conversation. A user message that holds tool results and more becomes a turn for each. */
export function readTurns(messages: readonly Json[]): readonly Turn[] {
  return messages.flatMap((message, index) => {
    if (!isObject(message))
      throw errors.MESSAGE_INVALID({ path: `messages[${index}]` }, { param: `messages[${index}]` });
    return readMessage(message, `messages[${index}]`);
  });
}

function readMessage(message: JsonObject, path: string): readonly Turn[] {
  const { role, content, ...rest } = message;
  const own = roleOf(role);
  if (own === undefined) rest['$role'] = role ?? null;
  const parts = readContent(content, rest);
  const turns = own === undefined || own === 'user' ? byRole(parts) : [{ role: own, parts }];
  return turns.map((turn, index) => ({ ...turn, path, ...ownFields(index === 0 ? rest : { $continues: true }) }));
}

function roleOf(role: Json | undefined): 'user' | 'assistant' | 'instruction' | undefined {
  if (role === 'system') return 'instruction';
  return role === 'user' || role === 'assistant' ? role : undefined;
}

/** `$content` notes a message that was not written as a list of blocks. */
function readContent(content: Json | undefined, rest: JsonObject): readonly Part[] {
  if (isArray(content)) return readBlocks(content);
  rest['$content'] = typeof content === 'string' ? 'text' : (content ?? null);
  return typeof content === 'string' ? [{ kind: 'text', text: content }] : [];
}

/** The blocks of one message. Summaries of one reasoning item, and tags for the block before them, are put together again. */
export function readBlocks(blocks: readonly Json[]): readonly Part[] {
  const parts: Part[] = [];
  for (const block of blocks) {
    const part = readBlock(block);
    const before = parts.at(-1);
    if (before !== undefined && tagsPrevious(block)) {
      if (part.kind === 'reasoning' && part.seal && canBearSeal(before))
        parts[parts.length - 1] = { ...before, seal: part.seal };
    } else if (before?.kind === 'reasoning' && part.kind === 'reasoning' && isOneItem(before, part)) {
      parts[parts.length - 1] = joined(before, part);
    } else parts.push(part);
  }
  return parts;
}

function canBearSeal(part: Part): part is Extract<Part, { readonly kind: 'text' | 'media' | 'tool-call' }> {
  return part.kind === 'text' || part.kind === 'media' || part.kind === 'tool-call';
}

function isOneItem(one: ReasoningPart, other: ReasoningPart): boolean {
  return one.itemId !== undefined && one.itemId === other.itemId;
}

function joined(one: ReasoningPart, other: ReasoningPart): ReasoningPart {
  const summary = [...(one.summary ?? []), ...(other.summary ?? [])];
  const text = [one.text, other.text].filter((piece) => piece !== undefined).join('');
  return { ...one, ...other, ...(summary.length > 0 && { summary }), ...(text !== '' && { text }) };
}

/** Runs of tool results and of everything else, in the order they came. */
function byRole(
  parts: readonly Part[],
): readonly { readonly role: 'user' | 'tool'; readonly parts: readonly Part[] }[] {
  const runs: { readonly role: 'user' | 'tool'; readonly parts: Part[] }[] = [];
  for (const part of parts) {
    const role = part.kind === 'tool-result' ? 'tool' : 'user';
    const last = runs.at(-1);
    if (last?.role === role) last.parts.push(part);
    else runs.push({ role, parts: [part] });
  }
  return runs.length === 0 ? [{ role: 'user', parts: [] }] : runs;
}

/** The system prompt's blocks, each on its own; nothing where it is neither text nor blocks. */
export function readSystem(system: Json | undefined): ChatRequest['instructions'] | undefined {
  if (typeof system === 'string') {
    return [{ kind: 'text', text: system, role: 'system', ext: { [dialectName]: { $system: 'text' } } }];
  }
  if (!isArray(system)) return undefined;
  return system.map((block) => {
    const part = readBlock(block);
    if (part.kind === 'text') return { ...part, role: 'system' };
    return part.kind === 'media' || part.kind === 'opaque' ? part : opaqueBlock(block);
  });
}
