import { defineErrors, type ErrorTable } from '@tapgate/core';

/** What this dialect itself refuses. */
export const errors: ErrorTable<'MESSAGE_INVALID' | 'CONVERSATION_EMPTY' | 'ARGUMENTS_INVALID' | 'STATE_UNSUPPORTED'> =
  defineErrors({
    MESSAGE_INVALID: [400, '"{path}" is not a message: send an object with "role" and a text as "content".'],
    CONVERSATION_EMPTY: [400, 'The conversation is empty: send at least one user message with some text.'],
    ARGUMENTS_INVALID: [
      400,
      '"{path}" has arguments that are not a JSON object: send back what the model wrote, or an empty object.',
    ],
    STATE_UNSUPPORTED: [
      400,
      '"{field}" names a conversation that this provider does not keep: send the whole conversation.',
    ],
  });
