import type { Exchange } from '@tapgate/core';
import { errors } from './errors.ts';
import type { Expectation } from './expectation.ts';
import type { RateLimitOptions } from './options.ts';

/** Refuses what asks for more than one request may. Throws `REQUEST_TOO_LARGE`. */
export function checkCeilings(
  exchange: Exchange,
  expected: Expectation,
  { ceilings, shadow }: Pick<RateLimitOptions, 'ceilings' | 'shadow'>,
): void {
  const { inputTokens, outputTokens, choices } = ceilings;
  const asks = [
    ['output tokens', exchange.maxOutputTokens ?? 0, outputTokens, 'invalid-request'],
    ['answers', exchange.choices, choices, 'invalid-request'],
    // The likely count: an estimate on the dear side would refuse what fits. Clients know what to do about a prompt too long.
    ['input tokens', inputTokens === undefined ? 0 : expected.input.likely, inputTokens, 'context-length'],
  ] as const;
  for (const [what, asked, most, kind] of asks) {
    if (most === undefined || asked <= most) continue;
    const error = errors.REQUEST_TOO_LARGE({ asked, what, most }, { kind });
    if (!shadow) throw error;
    exchange.note(`shadow: ${error.message}`);
  }
}
