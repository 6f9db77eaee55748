import { isArray, isObject, type JsonObject } from '@tapgate/core';

/** A message, and the call it answers if it is a tool's result. */
export interface Message {
  readonly json: JsonObject;
  readonly answers?: string;
}

/**
 * Puts each result right behind the message that called for it, before whatever else was said meanwhile: the rule of this
 * dialect is that nothing stands between calls and their results. A result whose call nobody made stays where it is.
 */
export function placeResults(messages: readonly Message[]): JsonObject[] {
  const placed: JsonObject[] = [];
  /** Behind which message the next result of a call stands. */
  const behind: Map<string, JsonObject> = new Map();
  for (const { json, answers } of messages) {
    const before = answers === undefined ? undefined : behind.get(answers);
    const at = before === undefined ? placed.length : lastResultBehind(placed, placed.lastIndexOf(before)) + 1;
    placed.splice(at, 0, json);
    for (const id of callsOf(json)) behind.set(id, json);
  }
  return placed;
}

function lastResultBehind(messages: readonly JsonObject[], call: number): number {
  let at = call;
  while (messages[at + 1]?.['role'] === 'tool') at += 1;
  return at;
}

function callsOf(message: JsonObject): readonly string[] {
  const calls = message['tool_calls'];
  if (!isArray(calls)) return [];
  return calls.map((call) => (isObject(call) ? call['id'] : undefined)).filter((id) => typeof id === 'string');
}
