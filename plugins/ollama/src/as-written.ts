import { isObject, type Json, type JsonObject } from '@tapgate/core';

/** A note on what a member was, or that it was not there. */
export function asWritten(value: Json | undefined): JsonObject {
  return value === undefined ? {} : { value };
}

/** The member of that name as a note has it; undefined where there is no note. */
export function writtenAs(name: string, note: Json | undefined): JsonObject | undefined {
  if (!isObject(note)) return undefined;
  const { value } = note;
  return value === undefined ? {} : { [name]: value };
}
