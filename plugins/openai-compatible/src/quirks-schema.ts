import { chatCapabilities, type CapabilityRow } from '@tapgate/openai';

/** The option `quirks`: everything the dialects ask a target, each with its sentence. */
export const quirksSchema: object = {
  type: 'object',
  properties: Object.fromEntries(Object.entries(chatCapabilities).map(([name, row]) => [name, schemaOf(row)])),
  additionalProperties: false,
  description: 'What the server can and cannot do, and how it is asked. Over those of the preset.',
};

/** The same for a place whose quirks are known: only the names are checked, for the list of them is long. */
export const moreQuirksSchema: object = {
  type: 'object',
  patternProperties: {
    [`^(?:${Object.keys(chatCapabilities).join('|')})$`]: { description: 'As `openai-compatible` describes it.' },
  },
  additionalProperties: false,
  description: 'Quirks over the known ones, by the names that `openai-compatible` lists.',
};

function schemaOf({ type, values, description }: CapabilityRow): object {
  const items = { type: 'string', ...(values && { enum: values }) };
  if (type === 'list') return { type: 'array', items, description };
  return { type, ...(values && { enum: values }), description };
}
