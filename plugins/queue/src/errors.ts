import { defineErrors, type ErrorTable } from '@tapgate/core';

/** The errors this plugin says. */
export const errors: ErrorTable<'QUEUE_FULL' | 'QUEUE_KEY_FULL' | 'QUEUE_LATE' | 'QUEUE_TIMEOUT' | 'QUEUE_CLOSED'> =
  defineErrors({
    QUEUE_FULL: [503, 'Too many requests are waiting already: {reason}. Try again later.', 'retryable'],
    QUEUE_KEY_FULL: [429, 'Too many of your requests are waiting already: {reason}. Try again later.', 'retryable'],
    QUEUE_LATE: [429, 'Waiting would take too long: {reason}. Try again later.', 'retryable'],
    QUEUE_TIMEOUT: [
      503,
      'The request waited {waitedMs} ms for its turn in vain: {reason}. Try again later.',
      'retryable',
    ],
    QUEUE_CLOSED: [503, 'The gateway is shutting down, and the request was still waiting.', 'retryable'],
  });
