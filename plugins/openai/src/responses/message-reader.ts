import { asNumber, asString, isArray, isObject, type Json, type JsonObject } from '@tapgate/core';
import { Fields } from '../chat/fields.ts';
import { readAnnotation } from './citations.ts';
import { dialectName } from './names.ts';
import { extOf, type Notes } from './own.ts';
import type { ItemOf, ItemReader } from './read-output.ts';
import { StreamedText, type SpokenPart } from './streamed-text.ts';

interface OpenPart extends SpokenPart {
  annotations: number;
  logprobs: boolean;
}

const textFields: ReadonlyMap<string, string> = new Map([
  ['output_text', 'text'],
  ['refusal', 'refusal'],
]);

/** Reads a message. Its parts end with it, or where the next one begins: only then all that belongs to them is known. */
export class MessageReader implements ItemReader {
  readonly type = 'message';
  readonly ids: Set<string> = new Set();
  readonly #of: ItemOf;
  readonly #parts: Map<number, OpenPart> = new Map();
  spoken: SpokenPart | undefined;
  #itemFields: JsonObject | undefined;
  #said = false;
  #last: OpenPart | undefined;

  constructor(of: ItemOf) {
    this.#of = of;
  }

  event(type: string, event: JsonObject): void {
    const index = asNumber(event['content_index']) ?? 0;
    switch (type) {
      case 'response.output_item.added':
        if (isObject(event['item'])) this.#itemFields = itemFields(event['item']);
        break;
      case 'response.content_part.added':
      case 'response.content_part.done':
        if (isObject(event['part'])) this.#content(index, event['part'], type.endsWith('.done'));
        break;
      case 'response.output_text.delta':
        this.#delta(this.#part(index, 'output_text'), asString(event['delta']) ?? '', event['logprobs']);
        break;
      case 'response.refusal.delta':
        this.#delta(this.#part(index, 'refusal'), asString(event['delta']) ?? '', undefined);
        break;
      case 'response.output_text.done':
        this.#rest(this.#part(index, 'output_text'), event['text'], event['logprobs']);
        break;
      case 'response.refusal.done':
        this.#rest(this.#part(index, 'refusal'), event['refusal'], undefined);
        break;
      case 'response.output_text.annotation.added':
        this.#annotate(this.#part(index, 'output_text'), event['annotation']);
        break;
      default:
    }
  }

  finish(item: JsonObject | undefined): void {
    const before = this.#itemFields;
    this.#itemFields = item === undefined ? before : itemFields(item);
    const content = item?.['content'];
    for (const [index, part] of (isArray(content) ? content : []).entries()) {
      if (isObject(part)) this.#content(index, part, true);
    }
    const late = this.#said && this.#itemFields !== undefined && !same(before, this.#itemFields);
    this.#end(late ? { $item: this.#itemFields ?? {} } : {});
  }

  /** A part of the content, announced or complete. */
  #content(index: number, part: JsonObject, complete: boolean): void {
    const type = asString(part['type']) ?? '';
    const field = textFields.get(type);
    if (field === undefined) {
      if (complete) this.#opaque(index, type, part);
      return;
    }
    const open = this.#part(index, type, partFields(part));
    this.#rest(open, part[field], part['logprobs']);
    const annotations = isArray(part['annotations']) ? part['annotations'] : [];
    for (const annotation of annotations.slice(open.annotations)) this.#annotate(open, annotation);
  }

  #part(index: number, type: string, fields?: JsonObject): OpenPart {
    const known = this.#parts.get(index);
    if (known !== undefined) return known;
    this.#end({});
    const part = { id: `${this.#of.name}.${index}`, text: new StreamedText(), annotations: 0, logprobs: false };
    this.#parts.set(index, part);
    this.#last = part;
    this.#start(part.id, type === 'refusal' ? { kind: 'refusal' } : { kind: 'text' }, fields, {});
    return part;
  }

  #opaque(index: number, type: string, json: JsonObject): void {
    if (this.#parts.has(index)) return;
    this.#end({});
    const part = { id: `${this.#of.name}.${index}`, text: new StreamedText(), annotations: 0, logprobs: false };
    this.#parts.set(index, part);
    this.#last = part;
    const origin = { dialect: dialectName, provider: this.#of.provider };
    this.#start(part.id, { kind: 'opaque', origin, opaqueType: type, json }, undefined, { $content: 'part' });
  }

  #start(
    part: string,
    what:
      | { readonly kind: 'text' | 'refusal' }
      | { kind: 'opaque'; origin: object; opaqueType: string; json: JsonObject },
    fields: JsonObject | undefined,
    notes: Notes,
  ): void {
    const first = this.#said ? {} : { $item: this.#itemFields ?? {} };
    this.#said = true;
    const { id } = this.#of;
    this.#of.emit({
      type: 'part-start',
      part,
      choice: 0,
      ...(what as { readonly kind: 'text' }),
      ...(id && { itemId: id }),
      ...extOf(fields, { ...first, ...notes }),
    });
  }

  #delta(part: OpenPart, text: string, logprobs: Json | undefined): void {
    if (text === '') return;
    part.text.add(text);
    this.spoken = part;
    const told = isArray(logprobs) && logprobs.length > 0;
    part.logprobs ||= told;
    this.#of.emit({
      type: 'part-delta',
      part: part.id,
      text,
      ...(told && { logprobs: { dialect: dialectName, json: logprobs } }),
    });
  }

  #rest(part: OpenPart, whole: Json | undefined, logprobs: Json | undefined): void {
    this.#delta(part, part.text.rest(asString(whole)), part.logprobs ? undefined : logprobs);
  }

  #annotate(part: OpenPart, annotation: Json | undefined): void {
    if (!isObject(annotation)) return;
    part.annotations += 1;
    this.#of.emit({ type: 'source', part: part.id, choice: 0, citation: readAnnotation(annotation) });
  }

  #end(notes: Notes): void {
    if (this.#last === undefined) return;
    this.#of.emit({ type: 'part-end', part: this.#last.id, ...extOf(undefined, notes) });
    this.#last = undefined;
  }
}

/** A message's own fields, without what every message of an answer has. */
function itemFields(item: JsonObject): JsonObject {
  const fields = new Fields(item);
  for (const name of ['type', 'id', 'role', 'content']) fields.take(name);
  const status = fields.peek('status');
  if (status === 'in_progress' || status === 'completed') fields.take('status');
  return fields.rest() ?? {};
}

function partFields(part: JsonObject): JsonObject | undefined {
  const fields = new Fields(part);
  for (const name of ['type', 'text', 'refusal', 'annotations', 'logprobs']) fields.take(name);
  return fields.rest();
}

function same(one: JsonObject | undefined, other: JsonObject): boolean {
  return JSON.stringify(one ?? {}) === JSON.stringify(other);
}
