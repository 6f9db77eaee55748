import type { Findings } from './findings.ts';
import { isCount, objectOf, type Members } from './shape.ts';

/** Checks `usage` as chat completions have it: three counts, and the third the sum of the others. */
export function checkChatUsage(usage: unknown, findings: Findings<'usage-shape' | 'usage-sum'>): void {
  const members = objectOf(usage) ?? {};
  const { prompt_tokens: read, completion_tokens: written, total_tokens: total } = members;
  if (!isCount(read) || !isCount(written) || !isCount(total)) {
    findings.report('usage-shape', { usage });
    return;
  }
  findings.claim(total === read + written, 'usage-sum', { total, read, written });
  findings.claim(partsFit(members, read, written), 'usage-shape', { usage });
}

/** The parts are counts and no larger than what they are part of. */
function partsFit(usage: Members, read: number, written: number): boolean {
  const cached = objectOf(usage['prompt_tokens_details'])?.['cached_tokens'] ?? 0;
  const reasoned = objectOf(usage['completion_tokens_details'])?.['reasoning_tokens'] ?? 0;
  return isCount(cached) && cached <= read && isCount(reasoned) && reasoned <= written;
}

/** Why a choice may have ended, by the words of the dialect. */
export const chatFinishReasons: readonly string[] = ['stop', 'length', 'tool_calls', 'content_filter', 'function_call'];
