import { isArray, isObject, type JsonObject } from '@tapgate/core';
import { dialectName } from './names.ts';

/** What rides along with a request, a turn, a part or an event, by dialect. */
export type Ext = Readonly<Record<string, JsonObject>>;

/**
 * Notes on how a thing was written, beside the fields that have no word in the canonical form. None is a field.
 *
 * - `$input`: `text` where it was one text, `absent` where it was not there
 * - `$nulls`: fields that say nothing, such as a null
 * - `$stream`: `stream` was there
 * - `$instructions`: the text stood in `instructions`
 * - `$item`: the fields of the message item around a part; on the first part of each message, be it empty
 * - `$content`: `text` where a part was not in a list; `part` where an opaque part is one of a message, not an item
 * - `$type`: the part's type where it is not the usual one
 * - `$texts`: the pieces of a reasoning item's text, where there is not exactly one
 * - `$strict`: `tried` where a tool did not say
 * - `$name`, `$namespace`: a tool's own name, and the namespace that it stands in
 * - `$previous`: the seal is that of the part before
 * - `$call`: the seal is that of the call with this id
 * - `$made`: the gateway made the reasoning item, and nothing is sealed in it
 * - `$response`: the answer came in this dialect
 * - `$status`: the response's own word for how it ended
 */
export interface Notes {
  readonly $input?: 'text' | 'absent';
  readonly $nulls?: JsonObject;
  readonly $stream?: true;
  readonly $instructions?: true;
  readonly $item?: JsonObject;
  readonly $content?: 'text' | 'part';
  readonly $type?: string;
  readonly $texts?: readonly string[];
  readonly $strict?: 'tried';
  readonly $name?: string;
  readonly $namespace?: { readonly at: number; readonly fields: JsonObject };
  readonly $previous?: true;
  readonly $call?: string;
  readonly $made?: true;
  readonly $response?: true;
  readonly $status?: string;
}

const names: ReadonlySet<string> = new Set<keyof Notes>([
  '$input',
  '$nulls',
  '$stream',
  '$instructions',
  '$item',
  '$content',
  '$type',
  '$texts',
  '$strict',
  '$name',
  '$namespace',
  '$previous',
  '$call',
  '$made',
  '$response',
  '$status',
]);

interface Carrier {
  readonly ext?: Ext;
}

/** The notes that ride along; none where the carrier came from another dialect. */
export function notesOf(carrier: Carrier): Notes {
  return (carrier.ext?.[dialectName] as Notes | undefined) ?? {};
}

/** The fields of this dialect that ride along, without the notes. */
export function fieldsOf(carrier: Carrier): JsonObject {
  const own = carrier.ext?.[dialectName];
  return own === undefined ? {} : Object.fromEntries(Object.entries(own).filter(([name]) => !names.has(name)));
}

/** `{ ext }` with fields and notes; nothing where there are none. */
export function extOf(fields: JsonObject | undefined, notes: Notes = {}): { readonly ext?: Ext } {
  const own = { ...fields, ...notes };
  return Object.keys(own).length === 0 ? {} : { ext: { [dialectName]: own } };
}

/** The carrier with one more note. */
export function noted<T extends Carrier>(carrier: T, notes: Notes): T {
  const own = { ...carrier.ext?.[dialectName], ...notes } as JsonObject;
  return { ...carrier, ext: { ...carrier.ext, [dialectName]: own } };
}

/** Whether a value says no more than its absence: null, an empty list, and an object of such. */
export function saysNothing(value: unknown): boolean {
  if (isArray(value)) return value.length === 0;
  return value === null || (isObject(value) && Object.values(value).every(saysNothing));
}
