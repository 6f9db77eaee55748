import { defineErrors, type ErrorTable } from '@tapgate/core';

/** The errors this plugin says. */
export const errors: ErrorTable<'TARGETS_COOLING' | 'TARGETS_DOWN' | 'TARGET_RESTING'> = defineErrors({
  TARGETS_COOLING: [429, 'Every target of "{model}" has asked to slow down: try again later.', 'retryable'],
  TARGETS_DOWN: [503, 'Every target of "{model}" is failing, and is left alone for a while.', 'retryable'],
  TARGET_RESTING: [503, '"{target}" is left alone for a while: {reason}.', 'retryable'],
});
