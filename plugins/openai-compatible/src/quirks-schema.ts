import { chatCapabilities, type CapabilityRow } from '@tapgate/openai';

/** The option `quirks`: everything the dialects ask a target, each with its sentence. */
export const quirksSchema: object = {
  type: 'object',
  properties: Object.fromEntries(Object.entries(chatCapabilities).map(([name, row]) => [name, schemaOf(row)])),
  additionalProperties: false,
  description: 'What the server can and cannot do, and how it is asked. Over those of the preset.',
};

function schemaOf({ type, values, description }: CapabilityRow): object {
  const items = { type: 'string', ...(values && { enum: values }) };
  if (type === 'list') return { type: 'array', items, description };
  return { type, ...(values && { enum: values }), description };
}
