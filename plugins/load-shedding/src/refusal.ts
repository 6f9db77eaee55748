import type { ErrorFactory, GatewayError, Priority } from '@tapgate/core';

/** Clients come back at different times, milliseconds. */
const leastRetryMs = 1000;
const mostRetryMs = 5000;

/** A refusal that says when to come back; one that can wait is told not to come back by itself. */
export function refusal(
  make: ErrorFactory,
  values: Readonly<Record<string, unknown>>,
  priority: Priority,
  headers: readonly (readonly [string, string])[] = [],
): GatewayError {
  const retryAfterMs = leastRetryMs + Math.random() * (mostRetryMs - leastRetryMs);
  const seconds = Math.ceil(retryAfterMs / 1000);
  const stays: typeof headers = priority === 'batch' ? [['x-should-retry', 'false']] : [];
  return make({ ...values, seconds }, { retryAfterMs, headers: new Map([...headers, ...stays]) });
}
