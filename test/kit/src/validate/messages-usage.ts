import type { Findings } from './findings.ts';
import { isCount, isNothing, objectOf } from './shape.ts';

const counts = ['cache_creation_input_tokens', 'cache_read_input_tokens'];

/** Checks `usage` as Messages have it. Its input does not contain what a cache gave or took, so that no sum is to be checked. */
export function checkMessagesUsage(usage: unknown, whole: boolean, findings: Findings<'usage-shape'>): void {
  const members = objectOf(usage) ?? {};
  const { input_tokens: read, output_tokens: written } = members;
  const fits =
    isCount(written) &&
    (isCount(read) || (!whole && isNothing(read))) &&
    counts.every((name) => isNothing(members[name]) || isCount(members[name]));
  findings.claim(fits, 'usage-shape', { usage });
}

/** Why a message may have stopped, by the words of the dialect. */
export const stopReasons: readonly string[] = [
  'end_turn',
  'max_tokens',
  'stop_sequence',
  'tool_use',
  'pause_turn',
  'refusal',
  'model_context_window_exceeded',
  'compaction',
];

/** What the ids of tool calls are made of. */
export const toolId: RegExp = /^[a-zA-Z0-9_-]+$/;

/** The error types of the dialect. */
export const messagesErrorTypes: readonly string[] = [
  'invalid_request_error',
  'authentication_error',
  'billing_error',
  'permission_error',
  'not_found_error',
  'request_too_large',
  'rate_limit_error',
  'timeout_error',
  'api_error',
  'overloaded_error',
  'conflict_error',
];
