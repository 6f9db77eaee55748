import type { Json, PartEndEvent, PartStartEvent } from '@tapgate/core';
import type { Emitter } from './emitter.ts';
import { HostedItem } from './hosted-item.ts';
import type { ItemIds } from './item-ids.ts';
import type { ItemStatus, OutputItem, OutputItemOf } from './output-item.ts';

/** A part of the answer that has begun. */
export interface OpenPart {
  /** The item it belongs to; undefined where it is none, or none yet. */
  readonly item: OutputItem | undefined;
  readonly choice: number;
  readonly delta: (text: string, logprobs: Json | undefined) => void;
  readonly end: (event: PartEndEvent) => void;
}

/** The output items of an answer, in order. Several may be open at once; each is closed when another has followed it. */
export class OutputList {
  /** The answer comes from a server of this dialect, so that its ids mean something there. */
  own = false;
  readonly #emitter: Emitter;
  readonly #ids: ItemIds;
  readonly #items: OutputItem[] = [];
  readonly #latest: Map<number, OutputItem> = new Map();

  constructor(emitter: Emitter, ids: ItemIds) {
    this.#emitter = emitter;
    this.#ids = ids;
  }

  /** Adds the item that `make` makes, with an id of its own: the wanted one where the answer may keep its ids. */
  add<I extends OutputItem>(
    at: { readonly choice: number; readonly itemId?: string },
    prefix: string,
    make: (of: OutputItemOf) => I,
  ): I {
    const index = this.#items.length;
    const id = this.#ids.take(this.own ? at.itemId : undefined, prefix, index);
    const item = make({ emitter: this.#emitter, index, id, choice: at.choice });
    this.#items.push(item);
    this.#latest.set(item.choice, item);
    this.settle(item.choice);
    item.announce();
    return item;
  }

  /** The id of a call that is to be added now. */
  callId(event: PartStartEvent): string {
    return this.#ids.take(event.callId, 'call', this.#items.length);
  }

  /** The last item of a choice, if something can still be added to it: it is not closed, and no part of it is open. */
  joinable(choice: number): OutputItem | undefined {
    const latest = this.#latest.get(choice);
    return latest === undefined || latest.closed || latest.open > 0 ? undefined : latest;
  }

  /** Closes what another item of the choice has followed. Those of the vendor's own close when they are told whole. */
  settle(choice: number): void {
    for (const item of this.#items) {
      const over = item.choice === choice && item.open === 0 && this.#latest.get(choice) !== item;
      if (over && !item.closed && !(item instanceof HostedItem)) item.close('completed');
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
}
