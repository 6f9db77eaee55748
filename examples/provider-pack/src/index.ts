import { createHttpProvider, definePlugin, type Plugin, type Secret } from '@tapgate/core';
import { lumen } from './lumen.ts';

/** Options of the plugin `lumen`. */
export interface LumenOptions {
  readonly apiKey?: Secret;
  readonly baseUrl: string;
  readonly models: readonly string[];
}

/** Lumen as a provider: its dialect, and the place that speaks it. */
const plugin: Plugin<LumenOptions> = definePlugin<LumenOptions>({
  name: 'lumen',
  apiVersion: 1,
  schema: {
    type: 'object',
    properties: {
      apiKey: {
        type: 'string',
        secret: true,
        minLength: 1,
        default: '${LUMEN_API_KEY:-}',
        description: 'The key, sent as `x-lumen-key`.',
      },
      baseUrl: {
        type: 'string',
        format: 'uri',
        default: 'https://api.lumen.example',
        description: 'Where the API is, without `/v1`.',
      },
      models: {
        type: 'array',
        items: { type: 'string' },
        default: ['lumen-bright', 'lumen-dim'],
        description: 'Models to list to clients. Others can be asked for as well.',
      },
    },
    additionalProperties: false,
  },
  apply(gateway, { apiKey, baseUrl, models }, { id }) {
    gateway.dialect(lumen);
    gateway.provider(
      createHttpProvider(gateway, {
        name: id,
        baseUrl,
        dialects: [lumen.name],
        credentials: apiKey === undefined ? {} : { default: apiKey },
        credentialHeader: { header: 'x-lumen-key' },
        models,
      }),
    );
  },
});

export default plugin;
