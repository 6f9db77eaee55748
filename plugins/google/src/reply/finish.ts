import type { FinishReason } from '@tapgate/core';

/** Why an answer ended, in the API's words. The list is open. @see https://ai.google.dev/api/generate-content#FinishReason */
const read: Readonly<Record<string, FinishReason>> = {
  STOP: 'stop',
  MAX_TOKENS: 'length',
  SAFETY: 'content-filter',
  RECITATION: 'content-filter',
  BLOCKLIST: 'content-filter',
  PROHIBITED_CONTENT: 'content-filter',
  SPII: 'content-filter',
  MODEL_ARMOR: 'content-filter',
  IMAGE_SAFETY: 'content-filter',
  IMAGE_PROHIBITED_CONTENT: 'content-filter',
  IMAGE_RECITATION: 'content-filter',
  IMAGE_OTHER: 'content-filter',
  MALFORMED_FUNCTION_CALL: 'error',
  MALFORMED_RESPONSE: 'error',
  MISSING_THOUGHT_SIGNATURE: 'error',
  UNEXPECTED_TOOL_CALL: 'error',
  TOO_MANY_TOOL_CALLS: 'error',
  OTHER: 'error',
};

const written: Readonly<Record<FinishReason, string>> = {
  stop: 'STOP',
  'stop-sequence': 'STOP',
  'tool-calls': 'STOP',
  length: 'MAX_TOKENS',
  'context-window': 'MAX_TOKENS',
  'content-filter': 'SAFETY',
  refusal: 'SAFETY',
  pause: 'OTHER',
  error: 'OTHER',
  cancelled: 'OTHER',
  other: 'OTHER',
};

/** The vendor says STOP for calls too: whether a client must run a tool is seen from the answer. */
export function readFinish(raw: string, hasCalls: boolean): FinishReason {
  const reason = read[raw] ?? 'other';
  return reason === 'stop' && hasCalls ? 'tool-calls' : reason;
}

/** The vendor's own word where the reason is still the one that it stands for. */
export function writeFinish(reason: FinishReason, raw: string | undefined): string {
  if (raw !== undefined && /^[A-Z_]+$/.test(raw) && (read[raw] ?? 'other') === reason) return raw;
  return written[reason];
}

/** Endings that are the model's own fault, and give a client nothing it could use: asking again may help. */
export function isMalformed(raw: string): boolean {
  return raw === 'MALFORMED_FUNCTION_CALL' || raw === 'MALFORMED_RESPONSE';
}
