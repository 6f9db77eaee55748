import { defineErrors, type ErrorTable } from '@tapgate/core';

/** The errors this plugin says. */
export const errors: ErrorTable<'OVERLOADED' | 'TARGETS_BUSY' | 'TARGET_BUSY'> = defineErrors({
  OVERLOADED: [503, 'There is more to do than can be done: try again in {seconds} s.', 'retryable'],
  TARGETS_BUSY: [503, 'Every target of "{model}" has as much to do as it can: try again in {seconds} s.', 'retryable'],
  TARGET_BUSY: [503, '"{target}" has as much to do as it can.', 'retryable'],
});
