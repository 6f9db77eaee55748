import { isObject, type JsonObject } from '@tapgate/core';
import { dialectName } from './dialect-name.ts';

/** What may carry fields of several dialects. */
interface Extended {
  readonly ext?: Readonly<Record<string, JsonObject>>;
}

/** Members that the canonical form has no word for, as an `ext`; nothing where there are none. */
export function ownFields(rest: JsonObject): { readonly ext?: Readonly<Record<string, JsonObject>> } {
  return Object.keys(rest).length === 0 ? {} : { ext: { [dialectName]: rest } };
}

/** The members of this dialect that came along, with the notes on the form; undefined where none did. */
export function ownOf(extended: Extended | undefined): JsonObject | undefined {
  return extended?.ext?.[dialectName];
}

/** The members of this dialect that came along, to be written back. */
export function ownMembers(extended: Extended | undefined): JsonObject {
  const own = ownOf(extended) ?? {};
  const members: JsonObject = isObject(own['$hints']) ? { ...own['$hints'] } : {};
  for (const [name, value] of Object.entries(own)) if (!name.startsWith('$')) members[name] = value;
  return members;
}
