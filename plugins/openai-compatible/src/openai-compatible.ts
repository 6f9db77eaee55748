import { definePlugin, type Plugin, type Secret } from '@tapgate/core';
import { apiKeySchema, providerProperties } from '@tapgate/openai';
import { dialectsSchema } from './compatible-plugin.ts';
import { addCompatible, missingIn, type CompatibleOptions } from './compatible-provider.ts';
import type { CompatibleRow } from './compatible-row.ts';
import { errors } from './errors.ts';
import { presetOf, presets } from './presets.ts';
import { quirksSchema } from './quirks-schema.ts';

/** Options of the plugin `openai-compatible`. */
export interface OpenaiCompatibleOptions extends CompatibleOptions {
  readonly preset?: string;
}

declare module '@tapgate/core' {
  interface PluginOptions {
    'openai-compatible': Omit<OpenaiCompatibleOptions, 'apiKey' | 'credentials'> & {
      readonly apiKey?: string | Secret;
      readonly credentials?: Readonly<Record<string, string | Secret>>;
    };
  }
}

const schema = {
  type: 'object',
  properties: {
    preset: {
      enum: presets.map(({ name }) => name),
      description: 'A known place: its address, the name of its key in the environment, and its quirks.',
    },
    baseUrl: {
      type: 'string',
      format: 'uri',
      description: 'Where the API is, with its version: `http://127.0.0.1:8000/v1`.',
    },
    fill: {
      type: 'object',
      additionalProperties: { type: 'string', pattern: '^[\\w.-]+$' },
      description: 'What the address of a preset leaves open, such as `account`.',
    },
    apiKey: apiKeySchema(undefined),
    dialects: dialectsSchema,
    quirks: quirksSchema,
    ...providerProperties,
  },
  additionalProperties: false,
};

/** Any server that speaks Chat Completions or Responses, its quirks as data. */
export const openaiCompatible: Plugin<OpenaiCompatibleOptions> = definePlugin<OpenaiCompatibleOptions>({
  name: 'openai-compatible',
  apiVersion: 1,
  schema,
  apply(gateway, options, { id }) {
    addCompatible(gateway, rowOf(options, id), options, id);
  },
});

function rowOf({ preset, baseUrl, fill }: OpenaiCompatibleOptions, id: string): CompatibleRow {
  const row = preset === undefined ? undefined : presetOf(preset);
  if (row === undefined) {
    if (baseUrl === undefined) throw errors.PLACE_MISSING({ id });
    return { name: id, title: id, baseUrl };
  }
  const [name] = baseUrl === undefined ? missingIn(row.baseUrl, fill) : [];
  if (name !== undefined) throw errors.ADDRESS_INCOMPLETE({ preset, name });
  return row;
}
