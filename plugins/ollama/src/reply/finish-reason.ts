import type { FinishReason } from '@tapgate/core';

const reasons: Readonly<Record<string, FinishReason>> = {
  stop: 'stop',
  length: 'length',
  load: 'stop',
  unload: 'stop',
};
const words: Partial<Record<FinishReason, string>> = { length: 'length', 'context-window': 'length' };

/** Why an answer ended. A client call means `tool-calls` whatever the server says, unless the answer was cut. */
export function readFinishReason(word: string | undefined, calls: boolean): FinishReason {
  // Old servers, and those whose answer nobody waits for, give none.
  const reason = word === undefined || word === '' ? 'stop' : Object.hasOwn(reasons, word) ? reasons[word] : undefined;
  if (calls && reason === 'stop') return 'tool-calls';
  return reason ?? 'other';
}

/** The same in the server's words. */
export function writeFinishReason(reason: FinishReason): string {
  return words[reason] ?? 'stop';
}
