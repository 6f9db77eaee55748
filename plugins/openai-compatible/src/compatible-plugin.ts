import { definePlugin, type Plugin } from '@tapgate/core';
import { apiKeySchema, moreQuirksSchema, providerProperties } from '@tapgate/openai';
import { addCompatible, type CompatibleMore, type CompatibleOptions } from './compatible-provider.ts';
import type { CompatibleRow } from './compatible-row.ts';

/** The option `dialects`. */
export const dialectsSchema: object = {
  type: 'array',
  items: { enum: ['openai-chat', 'openai-responses'] },
  minItems: 1,
  description: 'What it speaks, the one to translate to first.',
};

/**
 * A provider package from one row of data: a plugin with the row's name, whose address and key are known.
 * @example
 * export default compatiblePlugin({ name: 'acme', title: 'Acme', baseUrl: 'https://api.acme.ai/v1', variable: 'ACME_API_KEY' });
 */
export function compatiblePlugin<Options = unknown>(
  row: CompatibleRow,
  more?: CompatibleMore<Options>,
): Plugin<CompatibleOptions & Options> {
  const schema = {
    type: 'object',
    properties: {
      apiKey: apiKeySchema(row.variable),
      baseUrl: { type: 'string', format: 'uri', description: `Where its API is, if not at ${row.baseUrl}.` },
      dialects: { ...dialectsSchema, default: row.dialects ?? ['openai-chat'] },
      quirks: moreQuirksSchema,
      ...more?.properties,
      ...providerProperties,
    },
    additionalProperties: false,
  };
  return definePlugin<CompatibleOptions & Options>({
    name: row.name,
    apiVersion: 1,
    schema,
    apply: (gateway, options, { id }) => addCompatible(gateway, row, options, id, more),
  });
}
