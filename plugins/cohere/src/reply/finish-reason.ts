import type { ErrorKind, FinishReason } from '@tapgate/core';

/** @see https://docs.cohere.com/reference/chat */
const reasons: Readonly<Record<string, FinishReason>> = {
  COMPLETE: 'stop',
  STOP_SEQUENCE: 'stop-sequence',
  MAX_TOKENS: 'length',
  TOOL_CALL: 'tool-calls',
  ERROR_LIMIT: 'length',
  ERROR_TOXIC: 'content-filter',
};

const words: Readonly<Record<FinishReason, string>> = {
  stop: 'COMPLETE',
  'stop-sequence': 'STOP_SEQUENCE',
  length: 'MAX_TOKENS',
  'context-window': 'MAX_TOKENS',
  'tool-calls': 'TOOL_CALL',
  'content-filter': 'ERROR',
  refusal: 'COMPLETE',
  pause: 'COMPLETE',
  error: 'ERROR',
  cancelled: 'ERROR',
  other: 'COMPLETE',
};

/** Ends that are failures, and of what kind. */
const failures: Readonly<Record<string, ErrorKind>> = { ERROR: 'server', TIMEOUT: 'timeout' };

/** Why an answer ended. A client call means `tool-calls` whatever the vendor says, unless the answer was cut. */
export function readFinishReason(word: string, calls: boolean): FinishReason {
  const reason = Object.hasOwn(reasons, word) ? (reasons[word] ?? 'other') : 'other';
  return calls && reason === 'stop' ? 'tool-calls' : reason;
}

/** The kind of failure that an answer ended with; nothing where it ended well. */
export function failureIn(word: string | undefined): ErrorKind | undefined {
  return word !== undefined && Object.hasOwn(failures, word) ? failures[word] : undefined;
}

/** The same in the vendor's words. A client runs no tool without `TOOL_CALL`. */
export function writeFinishReason(reason: FinishReason, calls: boolean): string {
  const word = words[reason];
  return calls && word === 'COMPLETE' ? 'TOOL_CALL' : word;
}
