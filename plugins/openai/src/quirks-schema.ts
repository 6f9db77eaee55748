import { chatCapabilities } from './chat/capabilities.ts';

/** The option `quirks` of a place whose quirks are known: only the names are checked, for the list of them is long. */
export const moreQuirksSchema: object = {
  type: 'object',
  patternProperties: {
    [`^(?:${Object.keys(chatCapabilities).join('|')})$`]: { description: 'As `openai-compatible` describes it.' },
  },
  additionalProperties: false,
  description: 'Quirks over the known ones, by the names that `openai-compatible` lists.',
};
