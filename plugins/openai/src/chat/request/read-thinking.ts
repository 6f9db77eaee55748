import { asNumber, isArray, isObject, type Json, type ReasoningPart } from '@tapgate/core';
import type { Fields } from '../fields.ts';
import { chatDialect, ownExt } from '../own.ts';
import { readReasoningDetail, spanMember } from './read-reasoning-details.ts';

/** The members that servers and clients keep the text of thinking in. */
const textMembers = ['reasoning_content', 'reasoning'] as const;

/**
 * Takes the thinking an assistant message carries, in whichever of the usual members: a text, or `reasoning_details` in
 * order, whose texts may be in pieces, or be the text beside them.
 */
export function takeThinking(fields: Fields): readonly ReasoningPart[] {
  const details = takeDetails(fields.peek('reasoning_details'));
  if (details === undefined) return textMembers.flatMap((member) => textPart(fields, member));
  fields.take('reasoning_details');
  const isSpread = details.some(({ part, span }) => span !== undefined && part.text === '');
  if (!isSpread) return joined(details);
  const member = textMembers.find((name) => typeof fields.peek(name) === 'string');
  const text = member === undefined ? '' : (fields.string(member) ?? '');
  return filled(details, text, member ?? 'reasoning_content');
}

interface Detail {
  readonly part: ReasoningPart;
  readonly span: readonly [start: number, end: number] | undefined;
}

/** The list's entries; nothing where there is none, or one of them is not understood. */
function takeDetails(list: Json | undefined): readonly Detail[] | undefined {
  if (!isArray(list) || list.length === 0) return undefined;
  const details: Detail[] = [];
  for (const json of list) {
    const part = readReasoningDetail(json);
    if (part === undefined) return undefined;
    details.push({ part, span: spanOf(json) });
  }
  return details;
}

function spanOf(json: Json): Detail['span'] {
  const span = isObject(json) ? json[spanMember] : undefined;
  const [start, end] = isArray(span) ? span.map(asNumber) : [];
  return start === undefined || end === undefined || start > end ? undefined : [start, end];
}

/** Pieces of one entry, as a stream brings them, are one again. */
function joined(details: readonly Detail[]): readonly ReasoningPart[] {
  const parts: ReasoningPart[] = [];
  for (const { part } of details) {
    const last = parts.at(-1);
    if (last !== undefined && keyOf(last) === keyOf(part) && last.seal === undefined)
      parts.splice(-1, 1, join(last, part));
    else parts.push(part);
  }
  return parts;
}

/** Pieces have the same type and index; an entry without an index is whole. */
function keyOf(part: ReasoningPart): string | undefined {
  const note = ownExt(part)['$detail'];
  if (!isObject(note) || note['index'] === undefined || note['index'] === null) return undefined;
  return JSON.stringify([note['type'], note['index']]);
}

function join(one: ReasoningPart, other: ReasoningPart): ReasoningPart {
  const { seal = one.seal } = other;
  return {
    ...one,
    ...(one.text !== undefined && { text: one.text + (other.text ?? '') }),
    ...(one.summary !== undefined && { summary: [one.summary.join('') + (other.summary?.join('') ?? '')] }),
    ...(seal !== undefined && { seal }),
  };
}

/**
 * Each entry with its piece of the text; pieces that no entry names are thoughts of their own. Of a text that is shorter than
 * what was sealed nothing is taken: the client lost some of it, and a seal over other words than its own is refused.
 */
function filled(details: readonly Detail[], text: string, member: string): readonly ReasoningPart[] {
  if (details.some(({ span }) => span !== undefined && span[1] > text.length)) return details.map(({ part }) => part);
  const parts: ReasoningPart[] = [];
  let at = 0;
  const between = (end: number): void => {
    if (end > at) parts.push({ kind: 'reasoning', text: text.slice(at, end), ext: { [chatDialect]: { $as: member } } });
  };
  for (const { part, span } of details) {
    if (span === undefined || part.text !== '') {
      parts.push(part);
      continue;
    }
    between(span[0]);
    parts.push({ ...part, text: text.slice(...span) });
    at = Math.max(at, span[1]);
  }
  between(text.length);
  return parts;
}

function textPart(fields: Fields, member: (typeof textMembers)[number]): readonly ReasoningPart[] {
  const text = fields.string(member);
  if (text === undefined || text === '') return [];
  return [{ kind: 'reasoning', text, ext: { [chatDialect]: { $as: member } } }];
}
