import { asNumber, asString, isArray, isObject, type Json, type JsonObject } from '@tapgate/core';
import { Fields } from '../chat/fields.ts';
import { dialectName } from './names.ts';
import { extOf } from './own.ts';
import type { ItemOf, ItemReader } from './read-output.ts';
import { StreamedText, type SpokenPart } from './streamed-text.ts';

type List = 'summary' | 'content';

/**
 * Reads a reasoning item: summaries and the thinking itself, a part each. The seal belongs to the last part, and only the
 * one in the finished item counts: earlier ones differ.
 */
export class ReasoningReader implements ItemReader {
  readonly type = 'reasoning';
  readonly ids: Set<string> = new Set();
  readonly #of: ItemOf;
  readonly #parts: Map<string, SpokenPart> = new Map();
  spoken: SpokenPart | undefined;
  #itemId: string | undefined;
  #last: SpokenPart | undefined;

  constructor(of: ItemOf) {
    this.#of = of;
    this.#itemId = of.id;
  }

  event(type: string, event: JsonObject): void {
    const list = type.startsWith('response.reasoning_summary_') ? 'summary' : 'content';
    const index = asNumber(event[`${list}_index`]) ?? 0;
    if (type.endsWith('.delta')) {
      this.#delta(this.#part(list, index), asString(event['delta']) ?? '');
    } else if (type !== 'response.output_item.added') {
      const part = isObject(event['part']) ? event['part'] : event;
      this.#text(list, index, asString(part['text']));
    }
  }

  finish(item: JsonObject | undefined): void {
    this.#itemId ??= asString(item?.['id']);
    this.#all('summary', item?.['summary']);
    this.#all('content', item?.['content']);
    if (this.#last === undefined) this.#begin('content', 0);
    const encrypted = asString(item?.['encrypted_content']);
    this.#end({
      ...(encrypted !== undefined && {
        seal: { origin: { dialect: dialectName, provider: this.#of.provider }, form: 'encrypted', value: encrypted },
      }),
      ...(item !== undefined && extOf(itemFields(item))),
    });
  }

  #all(list: List, parts: Json | undefined): void {
    for (const [index, part] of (isArray(parts) ? parts : []).entries()) {
      if (isObject(part)) this.#text(list, index, asString(part['text']));
    }
  }

  /** A text that is known to its end. Empty ones are no parts. */
  #text(list: List, index: number, whole: string | undefined): void {
    if (whole) this.#delta(this.#part(list, index), this.#parts.get(list + index)?.text.rest(whole) ?? whole);
  }

  #part(list: List, index: number): SpokenPart {
    return this.#parts.get(list + index) ?? this.#begin(list, index);
  }

  #begin(list: List, index: number): SpokenPart {
    this.#end({});
    const part = { id: `${this.#of.name}.${list === 'summary' ? 's' : 'c'}${index}`, text: new StreamedText() };
    this.#parts.set(list + index, part);
    this.#last = part;
    this.#of.emit({
      type: 'part-start',
      part: part.id,
      choice: 0,
      kind: 'reasoning',
      ...(this.#itemId && { itemId: this.#itemId }),
      ...(list === 'summary' && { summary: true as const }),
    });
    return part;
  }

  #delta(part: SpokenPart, text: string): void {
    if (text === '') return;
    part.text.add(text);
    this.spoken = part;
    this.#of.emit({ type: 'part-delta', part: part.id, text });
  }

  #end(more: object): void {
    if (this.#last === undefined) return;
    this.#of.emit({ type: 'part-end', part: this.#last.id, ...more });
    this.#last = undefined;
  }
}

function itemFields(item: JsonObject): JsonObject | undefined {
  const fields = new Fields(item);
  for (const name of ['type', 'id', 'encrypted_content']) fields.take(name);
  if (isArray(fields.peek('summary'))) fields.take('summary');
  const content = fields.peek('content');
  if (isArray(content) && content.length > 0) fields.take('content');
  return fields.rest();
}
