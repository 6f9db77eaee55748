import { asString, type JsonObject, type OpaqueEvent, type PartStartEvent } from '@tapgate/core';
import { HostedItem, objectOf } from './hosted-item.ts';
import { dialectName } from './names.ts';
import type { OpenPart, OutputList } from './output-list.ts';
import { fieldsOf } from './own.ts';
import { searchItem } from './search-item.ts';

/** Writes what a vendor did by itself: searches, images, and whatever else this dialect has an item for. */
export class HostedWriter {
  readonly #list: OutputList;
  /** Items that were announced, by the id they have upstream. */
  readonly #announced: Map<string, HostedItem> = new Map();

  constructor(list: OutputList) {
    this.#list = list;
  }

  /** An event on the way to an item, from a server of this dialect. */
  event({ dialect, name = '', json }: OpaqueEvent): void {
    if (dialect !== dialectName) return;
    if (name === 'response.output_item.added') this.#announce(objectOf(json['item']));
    else this.#announced.get(asString(json['item_id']) ?? '')?.progress(name, json);
  }

  /** An item of this dialect, whole. */
  opaque(event: PartStartEvent, json: JsonObject): OpenPart {
    this.#settle(event, json, 'item');
    return nothing(event.choice);
  }

  /** An image the model made. An image at an address, and other media, the API has no item for. */
  media(event: PartStartEvent): OpenPart {
    const { base64, mediaType = 'image/png', choice } = event;
    if (base64 !== undefined && mediaType.startsWith('image/')) {
      const json = { type: 'image_generation_call', status: 'completed', result: base64, ...fieldsOf(event) };
      this.#settle(event, json, 'ig');
    }
    return nothing(choice);
  }

  /** Another vendor ran a tool: only its searches have a counterpart here, and none is the client's to run. */
  call(event: PartStartEvent): OpenPart {
    let args = '';
    return {
      item: undefined,
      choice: event.choice,
      delta: (text) => {
        args += text;
      },
      end: () => {
        const search = searchItem(event.name ?? '', args);
        if (search !== undefined) this.#settle(event, search, 'ws');
      },
    };
  }

  #announce(json: JsonObject | undefined): void {
    const itemId = asString(json?.['id']);
    if (json === undefined || !itemId || this.#announced.has(itemId)) return;
    this.#announced.set(
      itemId,
      this.#list.add({ choice: 0, itemId }, 'item', (of) => new HostedItem(of, json)),
    );
  }

  #settle(event: PartStartEvent, json: JsonObject, prefix: string): void {
    const announced = this.#announced.get(event.itemId ?? '');
    const item = announced ?? this.#list.add(event, prefix, (of) => new HostedItem(of, json));
    item.settle(json);
  }
}

/** A part that has no text to come. */
export function nothing(choice: number): OpenPart {
  return { item: undefined, choice, delta: () => {}, end: () => {} };
}
