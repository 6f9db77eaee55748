import { defineErrors, type ErrorTable } from '@tapgate/core';

/** What is wrong with a config of such a provider. */
export const errors: ErrorTable<'PLACE_MISSING' | 'ADDRESS_INCOMPLETE'> = defineErrors({
  PLACE_MISSING: [500, 'The plugin "{id}" has no place to ask: say where in "baseUrl", or which in "preset".'],
  ADDRESS_INCOMPLETE: [500, 'The address of "{preset}" wants to know "{name}": say it in "fill".'],
});
