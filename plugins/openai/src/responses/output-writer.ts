import {
  asString,
  type ChatEvent,
  type Json,
  type JsonObject,
  type OpaqueEvent,
  type PartDeltaEvent,
  type PartEndEvent,
  type PartStartEvent,
  type Seal,
  type SourceEvent,
} from '@tapgate/core';
import { CallItem } from './call-item.ts';
import type { Emitter } from './emitter.ts';
import { HostedItem, objectOf } from './hosted-item.ts';
import type { ItemIds } from './item-ids.ts';
import { MessageItem, type MessagePart } from './message-item.ts';
import { dialectName, madeHere } from './names.ts';
import type { ItemStatus, OutputItem, OutputItemOf } from './output-item.ts';
import { fieldsOf, notesOf } from './own.ts';
import { ReasoningItem, type ReasoningPiece } from './reasoning-item.ts';
import { searchItem } from './search-item.ts';
import { carry, noSeal } from './seal-carrier.ts';

/** A part of the answer that has begun. */
interface OpenPart {
  readonly item: OutputItem | undefined;
  readonly choice: number;
  readonly delta: (text: string, logprobs: Json | undefined) => void;
  readonly end: (event: PartEndEvent) => void;
}

type PartEvent = Extract<ChatEvent, { type: 'part-start' | 'part-delta' | 'part-end' | 'source' | 'opaque' }>;

/** Writes the output items of an answer. Several may be open at once; each is closed when another follows it, or with the answer. */
export class OutputWriter {
  /** The answer comes from a server of this dialect, so that its ids mean something there. */
  own = false;
  readonly #emitter: Emitter;
  readonly #ids: ItemIds;
  readonly #wantsSeals: boolean;
  readonly #items: OutputItem[] = [];
  readonly #parts: Map<string, OpenPart> = new Map();
  /** The last item of each choice. */
  readonly #latest: Map<number, OutputItem> = new Map();
  /** Texts by the part that they are, and the last one of each choice: sources belong to them, even late ones. */
  readonly #texts: Map<string | number, MessagePart> = new Map();
  readonly #sources: Map<number, SourceEvent[]> = new Map();
  /** Items of the vendor's own that were announced, by the id they have upstream. */
  readonly #announced: Map<string, HostedItem> = new Map();

  constructor(emitter: Emitter, ids: ItemIds, wantsSeals: boolean) {
    this.#emitter = emitter;
    this.#ids = ids;
    this.#wantsSeals = wantsSeals;
  }

  push(event: PartEvent): void {
    switch (event.type) {
      case 'part-start':
        this.#start(event);
        break;
      case 'part-delta':
        this.#delta(event);
        break;
      case 'part-end':
        this.#end(event);
        break;
      case 'source':
        this.#source(event);
        break;
      case 'opaque':
        this.#opaque(event);
        break;
    }
  }

  /** Closes what is open, of one choice or of all. Of an answer that was cut off, so was what had not ended, and its last item. */
  close(status: ItemStatus, choice?: number): void {
    for (const item of this.#items) {
      if (item.closed || (choice !== undefined && item.choice !== choice)) continue;
      const last = item.open > 0 || this.#latest.get(item.choice) === item;
      item.close(last ? status : 'completed');
    }
  }

  /** All items as JSON. */
  json(): string {
    return `[${this.#items.map((item) => item.final()).join(',')}]`;
  }

  #start(event: PartStartEvent): void {
    const part = this.#begun(event);
    if (part.item !== undefined) part.item.open += 1;
    this.#parts.set(event.part, part);
  }

  #begun(event: PartStartEvent): OpenPart {
    switch (event.kind) {
      case 'text':
      case 'refusal':
        return this.#text(event);
      case 'reasoning':
        return this.#reasoning(event);
      case 'tool-call':
        return event.executedBy === 'provider' ? this.#ranElsewhere(event) : this.#call(event);
      case 'media':
        return this.#media(event);
      case 'opaque':
        return this.#opaquePart(event);
    }
  }

  #delta({ part, text, logprobs }: PartDeltaEvent): void {
    const known =
      logprobs !== undefined && logprobs.dialect.startsWith('openai-') ? (logprobs.json as Json) : undefined;
    const open = this.#parts.get(part);
    if (open === undefined || open.item?.closed || (text === '' && known === undefined)) return;
    open.delta(text, known);
  }

  #end(event: PartEndEvent): void {
    const part = this.#parts.get(event.part);
    if (part === undefined) return;
    this.#parts.delete(event.part);
    part.end(event);
    if (part.item === undefined) return;
    part.item.open -= 1;
    this.#settle(part.choice);
  }

  /** Closes what another item has followed. */
  #settle(choice: number): void {
    for (const item of this.#items) {
      const over = item.choice === choice && item.open === 0 && this.#latest.get(choice) !== item;
      if (over && !item.closed && !(item instanceof HostedItem)) item.close('completed');
    }
  }

  #add<I extends OutputItem>(item: I): I {
    this.#items.push(item);
    this.#latest.set(item.choice, item);
    this.#settle(item.choice);
    item.announce();
    return item;
  }

  #of(choice: number, id: string): OutputItemOf {
    return { emitter: this.#emitter, index: this.#items.length, id, choice };
  }

  #id(event: PartStartEvent, prefix: string): string {
    return this.#ids.take(this.own ? event.itemId : undefined, prefix, this.#items.length);
  }

  #text(event: PartStartEvent): OpenPart {
    const { choice } = event;
    const item = this.#messageFor(event);
    const part = event.kind === 'refusal' ? item.refusal(fieldsOf(event)) : item.text(fieldsOf(event));
    this.#texts.set(event.part, part).set(choice, part);
    for (const source of this.#sources.get(choice) ?? []) part.source(source.citation);
    this.#sources.delete(choice);
    return {
      item,
      choice,
      delta: (text, logprobs) => part.delta(text, logprobs),
      end: ({ seal, ext }) => {
        item.note(notesOf({ ...(ext && { ext }) }).$item ?? {});
        if (seal !== undefined) this.#sealBefore(choice, seal);
      },
    };
  }

  /** The message that the part belongs to: the last item, if it is one and the part does not begin another. Parts side by side are no one message's. */
  #messageFor(event: PartStartEvent): MessageItem {
    const { $item } = notesOf(event);
    const latest = this.#latest.get(event.choice);
    const joins = latest instanceof MessageItem && !latest.closed && latest.open === 0 && $item === undefined;
    if (joins) return latest;
    const item = new MessageItem(this.#of(event.choice, this.#id(event, 'msg')));
    item.note($item ?? {});
    return this.#add(item);
  }

  #reasoning(event: PartStartEvent): OpenPart {
    const { choice } = event;
    const item = this.#reasoningFor(event);
    const piece: ReasoningPiece = item.piece(event.summary === true);
    return {
      item,
      choice,
      delta: (text) => piece.delta(text),
      end: (end) => {
        item.note(fieldsOf(end));
        if (end.seal !== undefined) item.sealed = carry(end.seal);
        else if (this.#wantsSeals && !this.own) item.sealed ??= noSeal;
      },
    };
  }

  /** Pieces of one item come one after another. A sealed item is complete. */
  #reasoningFor(event: PartStartEvent): ReasoningItem {
    const latest = this.#latest.get(event.choice);
    const same = latest instanceof ReasoningItem && !latest.closed && latest.open === 0 && latest.sealed === undefined;
    if (same && event.itemId !== undefined && this.#reasoningIds.get(latest) === event.itemId) return latest;
    const id = this.#id(event, `rs_${madeHere}`);
    const item = new ReasoningItem(this.#of(event.choice, id));
    item.note(fieldsOf(event));
    if (event.itemId !== undefined) this.#reasoningIds.set(item, event.itemId);
    return this.#add(item);
  }

  readonly #reasoningIds: Map<OutputItem, string> = new Map();

  #call(event: PartStartEvent): OpenPart {
    const { choice, name = '', custom } = event;
    const id = this.#id(event, custom ? 'ctc' : 'fc');
    const callId = this.#ids.take(event.callId, 'call', this.#items.length);
    const item = new CallItem(this.#of(choice, id), callId, name, custom === true);
    item.note(fieldsOf(event));
    this.#add(item);
    return {
      item,
      choice,
      delta: (text) => item.delta(text),
      end: (end) => {
        item.note(fieldsOf(end));
        if (end.seal !== undefined) this.#sealBefore(choice, end.seal);
      },
    };
  }

  /** Another vendor ran the tool: only its searches have a counterpart here, and none is the client's to run. */
  #ranElsewhere(event: PartStartEvent): OpenPart {
    let args = '';
    return {
      item: undefined,
      choice: event.choice,
      delta: (text) => {
        args += text;
      },
      end: () => {
        const search = searchItem(event.name ?? '', args);
        if (search !== undefined)
          this.#add(new HostedItem(this.#of(event.choice, this.#id(event, 'ws')), search)).close('completed');
      },
    };
  }

  /** An image the model made. An image at an address, and other media, the API has no item for. */
  #media(event: PartStartEvent): OpenPart {
    const { base64, mediaType = 'image/png', choice } = event;
    if (base64 === undefined || !mediaType.startsWith('image/')) return nothing(choice);
    const json = { type: 'image_generation_call', status: 'completed', result: base64, ...fieldsOf(event) };
    this.#hosted(event, json, 'ig');
    return nothing(choice);
  }

  #opaquePart(event: PartStartEvent): OpenPart {
    const json = event.origin?.dialect === dialectName ? objectOf(event.json) : undefined;
    if (json === undefined) return nothing(event.choice);
    if (notesOf(event).$content === 'part') {
      const item = this.#messageFor(event);
      item.opaque(json);
      return { ...nothing(event.choice), item };
    }
    this.#hosted(event, json, 'item');
    return nothing(event.choice);
  }

  #hosted(event: PartStartEvent, json: JsonObject, prefix: string): void {
    const announced = this.#announced.get(event.itemId ?? '');
    const item = announced ?? this.#add(new HostedItem(this.#of(event.choice, this.#id(event, prefix)), json));
    item.settle(json);
  }

  #opaque({ dialect, name = '', json }: OpaqueEvent): void {
    if (dialect !== dialectName) return;
    if (name === 'response.output_item.added') {
      const announced = objectOf(json['item']);
      const id = asString(announced?.['id']);
      if (announced === undefined || !id || this.#announced.has(id)) return;
      const taken = this.#ids.take(this.own ? id : undefined, 'item', this.#items.length);
      this.#announced.set(id, this.#add(new HostedItem(this.#of(0, taken), announced)));
      return;
    }
    this.#announced.get(asString(json['item_id']) ?? '')?.progress(name, json);
  }

  #source(event: SourceEvent): void {
    const text = this.#texts.get(event.part ?? event.choice) ?? this.#texts.get(event.choice);
    if (text !== undefined) text.source(event.citation);
    else this.#sources.set(event.choice, [...(this.#sources.get(event.choice) ?? []), event]);
  }

  /** A seal over a text or a call travels in a reasoning item behind it. */
  #sealBefore(choice: number, seal: Seal): void {
    const id = this.#ids.take(undefined, `rs_${madeHere}`, this.#items.length);
    const item = new ReasoningItem(this.#of(choice, id));
    item.sealed = carry(seal, true);
    this.#add(item);
  }
}

function nothing(choice: number): OpenPart {
  return { item: undefined, choice, delta: () => {}, end: () => {} };
}
