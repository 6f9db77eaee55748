import { asNumber, asString, isArray, isObject, type ChatEvent, type Json, type JsonObject } from '@tapgate/core';
import { CallReader } from './call-reader.ts';
import { HostedReader } from './hosted-reader.ts';
import { MessageReader } from './message-reader.ts';
import { ReasoningReader } from './reasoning-reader.ts';
import type { SpokenPart } from './streamed-text.ts';

/** Reads the events of one output item. Gives events to `out`, and may be told the same more than once. */
export interface ItemReader {
  readonly type: string;
  /** Ids it went by so far: servers change them between events. */
  readonly ids: Set<string>;
  /** The part that the last piece of text belongs to. */
  readonly spoken?: SpokenPart | undefined;
  /** One event of the item, which names it by its place. */
  event(type: string, event: JsonObject): void;
  /** The item as it is in the end; undefined where nobody said, so that it is what was streamed. */
  finish(item: JsonObject | undefined): void;
}

/** Reads a response's output items, streamed or whole, into canonical events. Items are known by their place alone. */
export class OutputReader {
  readonly #provider: string;
  readonly #open: Map<number, ItemReader> = new Map();
  readonly #done: Map<number, ItemReader> = new Map();
  #out: ChatEvent[] = [];
  /** A call was seen that a client must run. */
  called = false;
  refused = false;
  #latest: ItemReader | undefined;

  constructor(provider: string) {
    this.#provider = provider;
  }

  /** The part that the event before said more of, if it did. */
  get spoken(): SpokenPart | undefined {
    return this.#latest?.spoken;
  }

  /** The events since the last time. */
  take(): ChatEvent[] {
    const out = this.#out;
    this.#out = [];
    return out;
  }

  /** An event that belongs to an item. */
  event(type: string, event: JsonObject): void {
    const item = isObject(event['item']) ? event['item'] : undefined;
    const index = asNumber(event['output_index']) ?? this.#latestIndex();
    if (type === 'response.output_item.done') {
      if (item !== undefined) this.#finish(index, item);
      return;
    }
    const reader =
      this.#open.get(index) ?? (this.#done.has(index) ? undefined : this.#create(index, type, event, item));
    reader?.event(type, event);
    this.#latest = reader;
  }

  /** All items as they are in the end. What was not streamed comes now, and what nobody closed is closed. */
  finish(output: Json | undefined): void {
    const items = isArray(output) ? output : [];
    for (const index of this.#open.keys()) this.#finish(index, this.#counterpart(index, items));
    for (const [index, item] of items.entries()) {
      if (isObject(item) && !this.#done.has(index) && !this.#knows(item)) this.#finish(index, item);
    }
  }

  #finish(index: number, item: JsonObject | undefined): void {
    if (this.#done.has(index)) return;
    const type = asString(item?.['type']) ?? '';
    const reader = this.#open.get(index) ?? (item && this.#made(index, type, item));
    if (reader === undefined) return;
    note(reader, item);
    reader.finish(item);
    this.#open.delete(index);
    this.#done.set(index, reader);
  }

  /** The same item in the final output: at its place, or wherever one of its ids is. */
  #counterpart(index: number, items: readonly Json[]): JsonObject | undefined {
    const reader = this.#open.get(index);
    const fits = (item: Json | undefined): item is JsonObject => isObject(item) && item['type'] === reader?.type;
    const there = items[index];
    if (fits(there)) return there;
    return items.filter(fits).find((item) => idsOf(item).some((id) => reader?.ids.has(id)));
  }

  #knows(item: JsonObject): boolean {
    const ids = idsOf(item);
    return [...this.#done.values()].some(
      (reader) => reader.type === item['type'] && ids.some((id) => reader.ids.has(id)),
    );
  }

  #create(index: number, type: string, event: JsonObject, item: JsonObject | undefined): ItemReader {
    const reader = this.#made(index, asString(item?.['type']) ?? itemTypeOf(type, event), item ?? {});
    const id = asString(event['item_id']);
    if (id) reader.ids.add(id);
    note(reader, item);
    this.#open.set(index, reader);
    return reader;
  }

  #made(index: number, type: string, item: JsonObject): ItemReader {
    const of = { name: String(index), type, id: asString(item['id']), emit: this.#emit, provider: this.#provider };
    switch (type) {
      case 'message':
        return new MessageReader(of);
      case 'reasoning':
        return new ReasoningReader(of);
      case 'function_call':
      case 'custom_tool_call':
        return new CallReader(of);
      default:
        return new HostedReader(of);
    }
  }

  readonly #emit = (event: ChatEvent): void => {
    if (event.type === 'part-start') {
      this.called ||= event.kind === 'tool-call' || runByClient.has(event.opaqueType ?? '');
      this.refused ||= event.kind === 'refusal';
    }
    this.#out.push(event);
  };

  #latestIndex(): number {
    return Math.max(0, ...this.#open.keys(), ...this.#done.keys());
  }
}

/** What every reader of an item is made of. */
export interface ItemOf {
  /** Unique within the answer; part ids begin with it. */
  readonly name: string;
  readonly type: string;
  readonly id: string | undefined;
  readonly provider: string;
  readonly emit: (event: ChatEvent) => void;
}

/** Calls of the vendor's own tools that the client runs. */
const runByClient: ReadonlySet<string> = new Set([
  'computer_call',
  'local_shell_call',
  'shell_call',
  'apply_patch_call',
]);

/** The type of an item that was never announced, by the first event that speaks of it. */
function itemTypeOf(type: string, event: JsonObject): string {
  if (type.startsWith('response.reasoning_')) return 'reasoning';
  if (type.startsWith('response.function_call_')) return 'function_call';
  if (type.startsWith('response.custom_tool_call_')) return 'custom_tool_call';
  const part = event['part'];
  if (isObject(part) && part['type'] === 'reasoning_text') return 'reasoning';
  return /^response\.(content_part|output_text|refusal)\./.test(type) ? 'message' : 'unknown';
}

function idsOf(item: JsonObject): readonly string[] {
  return [item['id'], item['call_id']].filter((id): id is string => typeof id === 'string' && id !== '');
}

function note(reader: ItemReader, item: JsonObject | undefined): void {
  for (const id of item === undefined ? [] : idsOf(item)) reader.ids.add(id);
}
