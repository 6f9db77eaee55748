import { type CacheMark, isObject, type JsonObject } from '@tapgate/core';
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
export function ownOf(extended: Extended): JsonObject | undefined {
  return extended.ext?.[dialectName];
}

/** The members of this dialect that came along, to be written back: those that only help too. */
export function ownMembers(extended: Extended): JsonObject {
  const own = ownOf(extended);
  if (own === undefined) return {};
  const members: JsonObject = isObject(own['$hints']) ? { ...own['$hints'] } : {};
  for (const [name, value] of Object.entries(own)) if (!name.startsWith('$')) members[name] = value;
  return members;
}

/** Takes a cache mark out of a block's members. One with more to it than a time to live stays, to be written back whole. */
export function takeCache(members: JsonObject): { readonly cache?: CacheMark } {
  const control = members['cache_control'];
  if (!isObject(control) || control['type'] !== 'ephemeral') return {};
  const { type: _type, ttl, ...more } = control;
  if (ttl !== undefined && typeof ttl !== 'string') return {};
  if (Object.keys(more).length === 0) delete members['cache_control'];
  return { cache: ttl === undefined ? {} : { ttl } };
}

/** A block's members with its cache mark, as the part has it now. */
export function withCache(members: JsonObject, cache: CacheMark | undefined): JsonObject {
  const control = members['cache_control'];
  if (cache === undefined) {
    if (!isObject(control)) return members;
    const { cache_control: _control, ...unmarked } = members;
    return unmarked;
  }
  const written = isObject(control) ? control : { type: 'ephemeral' };
  return { ...members, cache_control: { ...written, ...(cache.ttl !== undefined && { ttl: cache.ttl }) } };
}
