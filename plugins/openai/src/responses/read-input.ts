import { isArray, type ChatRequest, type Part, type Seal, type TextPart, type Turn } from '@tapgate/core';
import type { Fields } from '../chat/fields.ts';
import { extOf, notesOf, type Notes } from './own.ts';
import { readItem, type ReadItem } from './read-items.ts';

/** The conversation of a request, and how it was written. */
export interface Conversation {
  readonly instructions: ChatRequest['instructions'];
  readonly turns: readonly Turn[];
  readonly notes: Notes;
}

/** Takes `instructions` and `input`. */
export function readConversation(fields: Fields): Conversation {
  const instructions = topInstructions(fields);
  const text = fields.string('input');
  if (text !== undefined) return { ...conversationOf(instructions, [userText(text)]), notes: { $input: 'text' } };
  const items = fields.peek('input');
  if (!isArray(items)) return { ...conversationOf(instructions, []), notes: { $input: 'absent' } };
  fields.take('input');
  return { ...conversationOf(instructions, items.map(readItem)), notes: {} };
}

/** An empty text says nothing, and stays among the fields that have no word of ours. */
function topInstructions(fields: Fields): TextPart[] {
  if (!fields.peek('instructions')) return [];
  const text = fields.string('instructions');
  return text === undefined ? [] : [{ kind: 'text', text, ...extOf(undefined, { $instructions: true }) }];
}

function userText(text: string): ReadItem {
  return { role: 'user', parts: [{ kind: 'text', text, ...extOf(undefined, { $content: 'text', $item: {} }) }] };
}

/**
 * Items as turns. What the model said without a word between is one turn, and so are the results of its calls: most
 * dialects want them together.
 */
function conversationOf(instructions: readonly Part[], items: readonly ReadItem[]): Omit<Conversation, 'notes'> {
  const leading = [...instructions];
  const turns: { role: Turn['role']; parts: Part[]; path: string }[] = [];
  const ofCalls = new Map<string, Seal>();
  for (const [index, { role, parts }] of items.entries()) {
    const last = turns.at(-1);
    if (carriesForCall(parts, ofCalls) || (last !== undefined && sealed(last.parts, parts))) continue;
    if (last === undefined && role === 'instruction' && parts.every(isInstruction)) leading.push(...parts);
    else if (last?.role === role && (role === 'assistant' || role === 'tool')) last.parts.push(...parts);
    else turns.push({ role, parts: [...parts], path: `input[${index}]` });
  }
  const sealedTurns = ofCalls.size === 0 ? turns : turns.map((turn) => withSeals(turn, ofCalls));
  return { instructions: leading.filter(isInstruction), turns: sealedTurns };
}

/** Keeps a seal that travelled beside the call it belongs to. */
function carriesForCall([carrier]: readonly Part[], ofCalls: Map<string, Seal>): boolean {
  const call = carrier?.kind === 'reasoning' ? notesOf(carrier).$call : undefined;
  if (carrier?.kind !== 'reasoning' || call === undefined) return false;
  if (carrier.seal !== undefined) ofCalls.set(call, carrier.seal);
  return true;
}

function withSeals(turn: Turn, ofCalls: ReadonlyMap<string, Seal>): Turn {
  const parts = turn.parts.map((part): Part => {
    if (part.kind !== 'tool-call') return part;
    const seal = ofCalls.get(part.callId);
    return seal === undefined ? part : { ...part, seal };
  });
  return { ...turn, parts };
}

/** Gives a seal that travelled behind a text back to it, and behind a call, as older answers have it. */
function sealed(before: Part[], parts: readonly Part[]): boolean {
  const [carrier] = parts;
  if (carrier?.kind !== 'reasoning' || !notesOf(carrier).$previous) return false;
  const last = before.at(-1);
  const takes = last?.kind === 'text' || last?.kind === 'tool-call' || last?.kind === 'media';
  if (takes && carrier.seal !== undefined) before[before.length - 1] = { ...last, seal: carrier.seal };
  return true;
}

function isInstruction(part: Part): part is ChatRequest['instructions'][number] {
  return part.kind === 'text' || part.kind === 'media' || part.kind === 'opaque';
}
