import { coreErrors, type FinishEvent, type FinishReason, type GatewayError } from '@tapgate/core';

/** The words of this dialect's servers for why an answer ended. */
const reasons: ReadonlyMap<string, FinishReason> = new Map<string, FinishReason>([
  ['stop', 'stop'],
  ['eos', 'stop'],
  ['eos_token', 'stop'],
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop-sequence'],
  ['length', 'length'],
  ['max_tokens', 'length'],
  ['model_length', 'context-window'],
  ['tool_calls', 'tool-calls'],
  ['tool_call', 'tool-calls'],
  ['tool_use', 'tool-calls'],
  ['function_call', 'tool-calls'],
  ['content_filter', 'content-filter'],
  ['sensitive', 'content-filter'],
  ['safety', 'content-filter'],
  ['error', 'error'],
  ['network_error', 'error'],
  ['cancelled', 'cancelled'],
  ['abort', 'cancelled'],
]);

/** Whether a server's word says that the answer failed. */
export function isFailureWord(word: string): boolean {
  return reasons.get(word.toLowerCase()) === 'error';
}

/** What is known of how a choice ended. */
export interface Ending {
  /** The server's word; nothing where it said none. */
  readonly raw: string | undefined;
  /** It has called tools that the client must run. */
  readonly calls: boolean;
  readonly refused: boolean;
  readonly said: boolean;
  /** The text at which it stopped, where the server tells. */
  readonly stopSequence: string | undefined;
}

/**
 * Why an answer ended. Calls that the client must run say more than the server's word, which some get wrong; but a word
 * that says it was cut off stands.
 */
export function finishReasonOf(ending: Ending): FinishReason {
  const { raw, calls, refused, said, stopSequence } = ending;
  const word = raw === undefined ? 'stop' : (reasons.get(raw.toLowerCase()) ?? 'other');
  if (word !== 'stop' && word !== 'stop-sequence' && word !== 'tool-calls' && word !== 'other') return word;
  if (calls) return 'tool-calls';
  if (word === 'other') return 'other';
  if (refused && !said) return 'refusal';
  return stopSequence === undefined && word !== 'stop-sequence' ? 'stop' : 'stop-sequence';
}

/** What is said in place of a reason that this dialect has no word for but an error: an answer that ended so is no success. */
export function failureOf(finishes: Iterable<FinishEvent | undefined>): GatewayError | undefined {
  for (const finish of finishes) {
    if (finish?.reason === 'error' || finish?.reason === 'cancelled')
      return coreErrors.UPSTREAM_FAILED({ message: `The model stopped: ${finish.raw ?? finish.reason}.` });
  }
  return undefined;
}

/** The word of this dialect for a reason. */
export function finishWord(
  reason: FinishReason,
  shown: { readonly calls: boolean; readonly refused: boolean },
): string {
  switch (reason) {
    case 'length':
    case 'context-window':
      return 'length';
    case 'content-filter':
      return 'content_filter';
    case 'refusal':
      return shown.refused ? 'stop' : 'content_filter';
    default:
      return shown.calls ? 'tool_calls' : 'stop';
  }
}
