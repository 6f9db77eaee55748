import { createHttpProvider, defined, definePlugin, type Plugin, type Secret, type Timeouts } from '@tapgate/core';
import { cohereChat } from './cohere-chat.ts';
import { commandAbilities } from './command-abilities.ts';
import { dialectName } from './dialect-name.ts';

/** Options of the plugin `cohere`. */
export interface CohereOptions {
  readonly apiKey?: Secret;
  readonly credentials?: Readonly<Record<string, Secret>>;
  readonly baseUrl: string;
  readonly models?: readonly string[];
  readonly timeouts?: Partial<Timeouts>;
}

declare module '@tapgate/core' {
  interface PluginOptions {
    cohere: Partial<Omit<CohereOptions, 'apiKey' | 'credentials'>> & {
      readonly apiKey?: string | Secret;
      readonly credentials?: Readonly<Record<string, string | Secret>>;
    };
  }
}

const defaultBaseUrl = 'https://api.cohere.com';
const milliseconds = (description: string): object => ({ type: 'integer', minimum: 0, description });

const schema = {
  type: 'object',
  properties: {
    apiKey: {
      type: 'string',
      secret: true,
      minLength: 1,
      default: '${CO_API_KEY:-}',
      description: 'API key, sent as `authorization: Bearer …`.',
    },
    credentials: {
      type: 'object',
      additionalProperties: { type: 'string', secret: true, minLength: 1 },
      description: 'Further keys by name, each a target of its own: `cohere/command-a-03-2025#name`.',
    },
    baseUrl: {
      type: 'string',
      format: 'uri',
      default: defaultBaseUrl,
      description: 'Where the API is, without `/v2`. Any server that speaks it will do.',
    },
    models: {
      type: 'array',
      items: { type: 'string' },
      description: 'Models to list to clients. Others can be asked for as well.',
    },
    timeouts: {
      type: 'object',
      properties: {
        connectMs: milliseconds('Until the connection is there.'),
        firstEventMs: milliseconds('From the request to the first byte of the answer.'),
        idleMs: milliseconds('Between two chunks of an answer.'),
        totalMs: milliseconds('For the whole answer.'),
      },
      additionalProperties: false,
      description: 'How long to wait, milliseconds, 0 for ever; by default as the gateway does.',
    },
  },
  additionalProperties: false,
} as const;

const operations: ReadonlySet<string> = new Set(['chat', 'rerank', 'embed']);

/** The Cohere API as a dialect, and the place that invented it as a provider. */
export const cohere: Plugin<CohereOptions> = definePlugin<CohereOptions>({
  name: 'cohere',
  apiVersion: 1,
  schema,
  apply(gateway, { apiKey, credentials: more, baseUrl, models, timeouts }, { id }) {
    gateway.dialect(cohereChat);
    const credentials = { ...(apiKey && { default: apiKey }), ...more };
    // Without any the plugin still speaks to clients, whoever answers them.
    if (Object.keys(credentials).length === 0 && baseUrl === defaultBaseUrl) return;
    gateway.provider(
      createHttpProvider(gateway, {
        name: id,
        baseUrl: baseUrl.replace(/\/v[12]\/?$/, ''),
        dialects: [dialectName],
        credentials,
        own: ['x-client-name'],
        capabilities: commandAbilities,
        serves: (operation) => operations.has(operation),
        ...defined({ models, timeouts }),
      }),
    );
  },
});
