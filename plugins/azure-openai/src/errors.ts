import { defineErrors, type ErrorTable } from '@tapgate/core';

/** What is wrong with a config of this provider. */
export const errors: ErrorTable<'ENTRA_INCOMPLETE'> = defineErrors({
  ENTRA_INCOMPLETE: [500, 'The identity of "{id}" is proven by "{by}", which wants "{field}": say it in "entra".'],
});
