import { asString, defined, isObject, readSealText, type Json, type ReasoningPart, type Seal } from '@tapgate/core';
import { Fields } from '../fields.ts';
import { chatDialect, extOf } from '../own.ts';

/** The name under which an entry says which piece of the text beside the list it seals: `[start, end]`. */
export const spanMember = 'span';

/**
 * One entry of `reasoning_details`: a text, a summary, or sealed state. Its type, format, index and id stay as a note,
 * because the list must go back whole and in order. Nothing where it is none of these.
 */
export function readReasoningDetail(json: Json): ReasoningPart | undefined {
  if (!isObject(json)) return undefined;
  const type = asString(json['type']) ?? '';
  const fields = new Fields(json);
  const read = detailReaders.get(type);
  if (read === undefined) return undefined;
  const part = read(fields);
  fields.take(spanMember);
  return { kind: 'reasoning', ...part, ...extOf({ $detail: fields.rest() ?? {} }) };
}

type DetailReader = (fields: Fields) => Omit<ReasoningPart, 'kind'>;

const detailReaders: ReadonlyMap<string, DetailReader> = new Map<string, DetailReader>([
  ['reasoning.text', (fields) => defined({ text: fields.string('text') ?? '', seal: sealIn(fields, 'signature') })],
  ['reasoning.summary', (fields) => ({ summary: [fields.string('summary') ?? ''] })],
  ['reasoning.encrypted', (fields) => defined({ seal: sealIn(fields, 'data') })],
]);

/** The state itself, and whose it is. An empty one is none. */
function sealIn(fields: Fields, member: 'signature' | 'data'): Seal | undefined {
  const value = fields.peek(member);
  if (typeof value !== 'string' || value === '') return undefined;
  fields.take(member);
  return readSealText(value, chatDialect, member === 'data' ? 'encrypted' : 'signature').seal;
}
