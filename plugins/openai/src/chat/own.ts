import type { JsonObject } from '@tapgate/core';

/** The dialect's name. */
export const chatDialect = 'openai-chat';

/** What rides along with a request, a turn, a part or an event, by dialect. */
export type Ext = Readonly<Record<string, JsonObject>>;

/** What rides along for this dialect; empty where nothing does. */
export function ownExt(carrier: { readonly ext?: Ext } | undefined): JsonObject {
  return carrier?.ext?.[chatDialect] ?? {};
}

/** The fields among it, without the notes on the form. */
export function ownFields(carrier: { readonly ext?: Ext } | undefined): JsonObject {
  const fields: JsonObject = {};
  for (const [name, value] of Object.entries(ownExt(carrier))) if (!name.startsWith('$')) put(fields, name, value);
  return fields;
}

/** `{ ext }` with what is left over for this dialect; nothing where nothing is. */
export function extOf(...rests: readonly (JsonObject | undefined)[]): { readonly ext?: Ext } {
  const all: JsonObject = {};
  for (const rest of rests) for (const [name, value] of Object.entries(rest ?? {})) put(all, name, value);
  return Object.keys(all).length === 0 ? {} : { ext: { [chatDialect]: all } };
}

/** Sets a member whatever its name: assigning to `__proto__` would change the prototype. */
export function put(object: JsonObject, name: string, value: JsonObject[string]): void {
  Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true });
}
