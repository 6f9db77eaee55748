import { isArray, type JsonObject } from '@tapgate/core';

/** The members of two lines as those of one: the later line's, and the probabilities of both. */
export function joinMembers(one: JsonObject, other: JsonObject): JsonObject {
  const [before, behind] = [one['logprobs'], other['logprobs']];
  const logprobs = isArray(before) && isArray(behind) ? { logprobs: [...before, ...behind] } : {};
  return { ...one, ...other, ...logprobs };
}
