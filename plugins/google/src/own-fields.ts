import { isObject, type JsonObject } from '@tapgate/core';
import { dialectName } from './dialect-name.ts';

/** What may carry fields of several dialects. */
interface Extended {
  readonly ext?: Readonly<Record<string, JsonObject>>;
}

/** What the canonical form has no word for, as an `ext`; nothing where there is nothing. */
export function ownFields(rest: JsonObject | undefined): { readonly ext?: Readonly<Record<string, JsonObject>> } {
  return rest === undefined || Object.keys(rest).length === 0 ? {} : { ext: { [dialectName]: rest } };
}

/** What came along for this dialect, with the codec's notes on the form; an empty object where nothing did. */
export function ownOf(extended: Extended): JsonObject {
  return extended.ext?.[dialectName] ?? {};
}

/**
 * The object with the members that came along for it. Where both have an object of a name the two are merged; else the
 * written one wins, so that what came along never undoes an edit. Notes, whose names begin with `$`, are left out.
 */
export function withOwn(written: JsonObject, own: JsonObject): JsonObject {
  const members = Object.entries(own).filter(([name]) => !name.startsWith('$'));
  return members.length === 0 ? written : merged(written, members);
}

function merged(written: JsonObject, members: readonly (readonly [string, JsonObject[string]])[]): JsonObject {
  const result: JsonObject = { ...written };
  for (const [name, value] of members) {
    const there = result[name];
    if (there === undefined) result[name] = value;
    else if (isObject(there) && isObject(value)) result[name] = merged(there, Object.entries(value));
  }
  return result;
}
