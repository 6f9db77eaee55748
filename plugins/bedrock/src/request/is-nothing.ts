import type { JsonObject } from '@tapgate/core';

/** Whether an object has no member that would be written. */
export function isNothing(object: JsonObject): boolean {
  return Object.values(object).every((value) => value === undefined);
}
