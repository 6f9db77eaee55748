/**
 * The id of a call that has none: from its place in the conversation, which only grows at its end, so that the same call
 * has the same id in every turn.
 */
export function madeId(content: number, part: number): string {
  return `gcall_${content}_${part}`;
}

/** Whether an id was made here, for a client that gives none: the API is then asked without it, as the client asks. */
export function isMadeId(id: string): boolean {
  return /^gcall_\d+_\d+$/.test(id);
}
