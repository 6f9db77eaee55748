import type { FinishReason } from '@tapgate/core';

/** @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html */
const reasons: Readonly<Record<string, FinishReason>> = {
  end_turn: 'stop',
  stop_sequence: 'stop-sequence',
  max_tokens: 'length',
  model_context_window_exceeded: 'context-window',
  tool_use: 'tool-calls',
  guardrail_intervened: 'content-filter',
  content_filtered: 'content-filter',
  malformed_model_output: 'error',
  malformed_tool_use: 'error',
};

const words: Readonly<Record<FinishReason, string>> = {
  stop: 'end_turn',
  'stop-sequence': 'stop_sequence',
  length: 'max_tokens',
  'context-window': 'model_context_window_exceeded',
  'tool-calls': 'tool_use',
  'content-filter': 'content_filtered',
  refusal: 'content_filtered',
  pause: 'end_turn',
  error: 'malformed_model_output',
  cancelled: 'end_turn',
  other: 'end_turn',
};

/** Why an answer ended. A client call means `tool-calls` whatever the vendor says, unless the answer was cut. */
export function readStopReason(word: string, clientCalls: boolean): FinishReason {
  const reason = Object.hasOwn(reasons, word) ? (reasons[word] ?? 'other') : 'other';
  return clientCalls && reason === 'stop' ? 'tool-calls' : reason;
}

/** The same in the vendor's words. */
export function writeStopReason(reason: FinishReason): string {
  return words[reason];
}
