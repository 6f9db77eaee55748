import { defineErrors, type ErrorTable } from '@tapgate/core';

/** What this plugin refuses, and where a package of the AI SDK does what it must not. */
export const errors: ErrorTable<'AI_SDK_ELSEWHERE' | 'AI_SDK_STATE' | 'AI_SDK_PARAMETER'> = defineErrors({
  AI_SDK_ELSEWHERE: [
    502,
    'The package behind "{provider}" asked an origin that is not one of its own; the gateway\'s log names it. If it is right, list it in "origins".',
  ],
  AI_SDK_STATE: [400, '"{field}" names a conversation that only its vendor knows: send the whole conversation.'],
  AI_SDK_PARAMETER: [
    500,
    'The target "{target}" sets "{name}", which is no setting of a call in the AI SDK: name it as the AI SDK does, or put it in "providerOptions".',
  ],
});
