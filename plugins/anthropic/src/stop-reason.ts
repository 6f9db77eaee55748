import type { FinishReason } from '@tapgate/core';

const reasons: Readonly<Record<string, FinishReason>> = {
  end_turn: 'stop',
  stop_sequence: 'stop-sequence',
  max_tokens: 'length',
  model_context_window_exceeded: 'context-window',
  tool_use: 'tool-calls',
  refusal: 'refusal',
  pause_turn: 'pause',
  compaction: 'pause',
};

const words: Readonly<Record<FinishReason, string>> = {
  stop: 'end_turn',
  'stop-sequence': 'stop_sequence',
  length: 'max_tokens',
  'context-window': 'model_context_window_exceeded',
  'tool-calls': 'tool_use',
  'content-filter': 'refusal',
  refusal: 'refusal',
  pause: 'pause_turn',
  error: 'end_turn',
  cancelled: 'end_turn',
  other: 'end_turn',
};

/** Why an answer ended. A client call means `tool-calls` whatever the vendor says, unless the answer was cut. */
export function readStopReason(word: string, clientCalls: boolean): FinishReason {
  const reason = Object.hasOwn(reasons, word) ? (reasons[word] ?? 'other') : 'other';
  return clientCalls && reason === 'stop' ? 'tool-calls' : reason;
}

/** The same in the vendor's words. A client runs no tool without `tool_use`. */
export function writeStopReason(reason: FinishReason, clientCalls: boolean): string {
  const word = words[reason];
  return clientCalls && word === 'end_turn' ? 'tool_use' : word;
}
