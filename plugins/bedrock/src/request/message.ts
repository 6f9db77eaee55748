import type { JsonObject, Turn } from '@tapgate/core';

/** A message on its way to the API. */
export interface Message {
  readonly role: 'user' | 'assistant';
  readonly content: readonly JsonObject[];
  readonly members?: JsonObject;
}

/** The message as JSON. */
export function writeMessage({ role, content, members }: Message): JsonObject {
  return { role, content, ...members };
}

/** A turn, and where the client wrote it. */
export interface Placed {
  readonly turn: Turn;
  readonly path: string;
}
