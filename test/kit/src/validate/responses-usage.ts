import type { Findings } from './findings.ts';
import { isCount, objectOf } from './shape.ts';

/** Checks `usage` as Responses have it: three counts, and the third the sum of the others. */
export function checkResponsesUsage(usage: unknown, findings: Findings<'usage-shape' | 'usage-sum'>): void {
  const members = objectOf(usage) ?? {};
  const { input_tokens: read, output_tokens: written, total_tokens: total } = members;
  const cached = objectOf(members['input_tokens_details'])?.['cached_tokens'] ?? 0;
  const reasoned = objectOf(members['output_tokens_details'])?.['reasoning_tokens'] ?? 0;
  if (!isCount(read) || !isCount(written) || !isCount(total) || !isCount(cached) || !isCount(reasoned)) {
    findings.report('usage-shape', { usage });
    return;
  }
  findings.claim(cached <= read && reasoned <= written, 'usage-shape', { usage });
  findings.claim(total === read + written, 'usage-sum', { total, read, written });
}
