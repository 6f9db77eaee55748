import { asString, isObject, type JsonObject } from '@tapgate/core';
import { Fields } from '../chat/fields.ts';
import { joinedName } from './namespaces.ts';
import { extOf } from './own.ts';
import type { ItemOf, ItemReader } from './read-output.ts';
import { StreamedText, type SpokenPart } from './streamed-text.ts';

/** Reads a call of a function or of a custom tool. Arguments may come in pieces, or at the end alone. */
export class CallReader implements ItemReader {
  readonly type: string;
  readonly ids: Set<string> = new Set();
  readonly #of: ItemOf;
  readonly spoken: SpokenPart;
  readonly #args = new StreamedText();
  readonly #field: 'arguments' | 'input';
  #started = false;

  constructor(of: ItemOf) {
    this.#of = of;
    this.spoken = { id: of.name, text: this.#args };
    this.type = of.type;
    this.#field = of.type === 'custom_tool_call' ? 'input' : 'arguments';
  }

  event(type: string, event: JsonObject): void {
    if (type === 'response.output_item.added') {
      if (isObject(event['item'])) this.#start(event['item']);
    } else if (type.endsWith('.delta')) {
      this.#delta(asString(event['delta']) ?? '');
    } else if (type.endsWith('.done')) {
      this.#delta(this.#args.rest(asString(event[this.#field])));
    }
  }

  finish(item: JsonObject | undefined): void {
    if (item !== undefined) this.#start(item);
    if (!this.#started) return;
    if (item !== undefined) this.#delta(this.#args.rest(asString(item[this.#field])));
    const ext = item === undefined ? {} : extOf(fieldsOf(item, this.#field));
    this.#of.emit({ type: 'part-end', part: this.#of.name, ...ext });
  }

  /** A call without a name cannot be told yet: its name may come at the end. */
  #start(item: JsonObject): void {
    const name = asString(item['name']);
    if (this.#started || name === undefined) return;
    this.#started = true;
    const itemId = asString(item['id']) ?? this.#of.id;
    const namespace = asString(item['namespace']);
    this.#of.emit({
      type: 'part-start',
      part: this.#of.name,
      choice: 0,
      kind: 'tool-call',
      callId: asString(item['call_id']) ?? '',
      name: namespace ? joinedName(namespace, name) : name,
      executedBy: 'client',
      ...(itemId && { itemId }),
      ...(this.type === 'custom_tool_call' && { custom: true as const }),
      ...extOf(fieldsOf(item, this.#field), namespace ? { $name: name } : {}),
    });
    const early = this.#args.text || asString(item[this.#field]) || '';
    if (early === '') return;
    if (this.#args.text === '') this.#args.add(early);
    this.#of.emit({ type: 'part-delta', part: this.#of.name, text: early });
  }

  #delta(text: string): void {
    if (text === '') return;
    this.#args.add(text);
    if (this.#started) this.#of.emit({ type: 'part-delta', part: this.#of.name, text });
  }
}

/** The item's own fields. That it went well is nothing to keep. */
function fieldsOf(item: JsonObject, argsField: string): JsonObject | undefined {
  const fields = new Fields(item);
  for (const name of ['type', 'id', 'call_id', 'name', argsField]) fields.take(name);
  const status = fields.peek('status');
  if (status === 'in_progress' || (status === 'completed' && argsField === 'arguments')) fields.take('status');
  return fields.rest();
}
