import { asString, type JsonObject } from '@tapgate/core';
import { Fields } from '../chat/fields.ts';
import { dialectName } from './names.ts';
import { extOf } from './own.ts';
import type { ItemOf, ItemReader } from './read-output.ts';

/**
 * Reads an item of the vendor's own, such as a search it made: kept whole, and given back to nobody else. Events on the
 * way to it ride along for clients of this dialect. An image is media for everyone.
 */
export class HostedReader implements ItemReader {
  readonly type: string;
  readonly ids: Set<string> = new Set();
  readonly #of: ItemOf;

  constructor(of: ItemOf) {
    this.#of = of;
    this.type = of.type;
  }

  event(type: string, event: JsonObject): void {
    this.#of.emit({ type: 'opaque', dialect: dialectName, name: type, json: event });
  }

  finish(item: JsonObject | undefined): void {
    if (item === undefined) return;
    const part = this.#of.name;
    const itemId = asString(item['id']) ?? this.#of.id;
    const what = imageOf(item) ?? {
      kind: 'opaque' as const,
      origin: { dialect: dialectName, provider: this.#of.provider },
      opaqueType: this.type,
      json: item,
    };
    this.#of.emit({ type: 'part-start', part, choice: 0, ...what, ...(itemId && { itemId }) });
    this.#of.emit({ type: 'part-end', part });
  }
}

function imageOf(item: JsonObject): { kind: 'media'; mediaType: string; base64: string } | undefined {
  if (item['type'] !== 'image_generation_call') return undefined;
  const fields = new Fields(item);
  const base64 = fields.string('result');
  if (!base64) return undefined;
  const mediaType = `image/${asString(item['output_format']) ?? 'png'}`;
  for (const name of ['type', 'id']) fields.take(name);
  return { kind: 'media', mediaType, base64, ...extOf(fields.rest() ?? {}, { $type: 'image_generation_call' }) };
}
