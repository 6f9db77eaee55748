import { defineErrors, type ErrorTable } from '@tapgate/core';

/** The errors this plugin says. */
export const errors: ErrorTable<
  'LIMIT_REACHED' | 'LIMIT_TOO_SMALL' | 'REQUEST_TOO_LARGE' | 'LIMITS_UNAVAILABLE' | 'PROVIDER_LIMIT'
> = defineErrors({
  LIMIT_REACHED: [429, 'The limit "{limit}" is reached: {allowed}. Try again in {seconds} s.', 'retryable'],
  LIMIT_TOO_SMALL: [
    400,
    'This request may use {asked}, and the limit "{limit}" allows {allowed} at all: send less, or ask for a shorter answer.',
  ],
  REQUEST_TOO_LARGE: [400, 'This request asks for {asked} {what}; at most {most} are allowed here.'],
  LIMITS_UNAVAILABLE: [
    503,
    'The store that counts requests does not answer, and what cannot be counted is not let through. Try again.',
    'retryable',
  ],
  PROVIDER_LIMIT: [429, '"{target}" allows no more {what} for now. Try again in {seconds} s.', 'retryable'],
});
