import { defineErrors, type ErrorTable } from '@tapgate/core';

/** What this plugin itself refuses. */
export const errors: ErrorTable<'CONVERSATION_EMPTY' | 'CONTENT_INVALID' | 'ARGUMENTS_INVALID' | 'MODEL_NAME_INVALID'> =
  defineErrors({
    CONVERSATION_EMPTY: [400, 'The conversation is empty: send at least one user message.'],
    CONTENT_INVALID: [400, '"{path}" is not a content: send an object with "role" and "parts".'],
    ARGUMENTS_INVALID: [
      400,
      '"{path}" has arguments that are not a JSON object: send back what the model wrote, or "{}".',
    ],
    MODEL_NAME_INVALID: [400, 'The model\'s name "{model}" cannot stand in a path.'],
  });
