import { defineErrors, type ErrorTable } from '@tapgate/core';

/** What this plugin itself refuses. */
export const errors: ErrorTable<'LUMEN_STATE'> = defineErrors({
  LUMEN_STATE: [400, 'Lumen keeps no conversations, so "{field}" names none: send the whole conversation.'],
});
