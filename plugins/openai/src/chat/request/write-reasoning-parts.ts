import { isObject, isOwnSeal, type Capabilities, type JsonObject, type ReasoningPart, type Seal } from '@tapgate/core';
import { wordOf } from '../capabilities.ts';
import { chatDialect, ownExt } from '../own.ts';
import type { Losses } from './losses.ts';

/** Where a message carries its thinking, and what of it. */
export interface WrittenReasoning {
  /** Members of the message. */
  readonly members: JsonObject;
  /** Parts to stand at the head of its content. */
  readonly content: readonly JsonObject[];
}

const nothing: WrittenReasoning = { members: {}, content: [] };

/** Writes the thinking of an earlier message, in the form the target reads it. */
export function writeReasoning(
  parts: readonly ReasoningPart[],
  path: string,
  able: Capabilities,
  losses: Losses,
): WrittenReasoning {
  if (parts.length === 0) return nothing;
  if (wordOf(able, 'reasoningReplay') === 'rejected') {
    losses.hint(`${path}.reasoning_content`, 'it takes no earlier thinking');
    return nothing;
  }
  return inForm(formOf(parts, able), parts, path, losses);
}

/** What the target says, else how the client wrote it, else the name that most servers read. */
function formOf(parts: readonly ReasoningPart[], able: Capabilities): string {
  const stated = wordOf(able, 'reasoningOut');
  if (stated !== undefined) return stated;
  if (parts.some(cameInDetails)) return 'reasoning_details';
  const as = parts.map((part) => ownExt(part)['$as']).find((note) => typeof note === 'string');
  return as === 'content' ? 'content-array' : (as ?? 'reasoning_content');
}

function cameInDetails(part: ReasoningPart): boolean {
  return ownExt(part)['$detail'] !== undefined || isOwnSeal(part.seal, chatDialect);
}

function inForm(form: string, parts: readonly ReasoningPart[], path: string, losses: Losses): WrittenReasoning {
  if (form === 'reasoning_details') return asDetails(parts, path, losses);
  if (parts.some((part) => part.seal !== undefined)) {
    losses.hint(`${path}.reasoning_details`, 'it has no place for sealed thinking');
  }
  const text = parts.map(textOf).join('');
  if (text === '') return nothing;
  if (form === 'content-array') {
    return { members: {}, content: [{ type: 'thinking', thinking: [{ type: 'text', text }] }] };
  }
  if (form === 'think-tags' || form === 'think-tags-implied') {
    losses.hint(`${path}.reasoning_content`, 'it takes no earlier thinking');
    return nothing;
  }
  return { members: { [form === 'reasoning' ? 'reasoning' : 'reasoning_content']: text }, content: [] };
}

/** What of a part can be read as text. */
export function textOf(part: ReasoningPart): string {
  return part.text ?? part.summary?.join('\n\n') ?? '';
}

/** Whole and in order, each as it came; what is sealed for another dialect stays out, for it would be refused. */
function asDetails(parts: readonly ReasoningPart[], path: string, losses: Losses): WrittenReasoning {
  const details: JsonObject[] = [];
  for (const part of parts) {
    const foreign = part.seal !== undefined && !isOwnSeal(part.seal, chatDialect);
    if (foreign) losses.hint(`${path}.reasoning_details`, `sealed by ${part.seal.origin.dialect}`);
    else details.push(detailOf(part, details.length));
  }
  return details.length === 0 ? nothing : { members: { reasoning_details: details }, content: [] };
}

/** One entry of `reasoning_details`, with the fields it came with. */
export function detailOf(
  part: ReasoningPart,
  index: number,
  sealed: string | undefined = part.seal?.value,
): JsonObject {
  const note = ownExt(part)['$detail'];
  const given: JsonObject = isObject(note) ? note : { index };
  const type = typeof given['type'] === 'string' ? given['type'] : typeOf(part);
  const detail: JsonObject = { ...given, type };
  if (type === 'reasoning.text' && part.text !== undefined) detail['text'] = part.text;
  if (type === 'reasoning.summary') detail['summary'] = part.summary?.join('\n\n') ?? part.text ?? '';
  if (sealed !== undefined) detail[type === 'reasoning.encrypted' ? 'data' : 'signature'] = sealed;
  return detail;
}

function typeOf(part: ReasoningPart): string {
  if (part.seal !== undefined && isClosed(part.seal)) return 'reasoning.encrypted';
  return part.summary === undefined ? 'reasoning.text' : 'reasoning.summary';
}

function isClosed(seal: Seal): boolean {
  return seal.form !== 'signature';
}
