import { createHttpProvider, defined, definePlugin, type Plugin, type Secret } from '@tapgate/core';
import { openaiChat } from './chat/openai-chat.ts';
import { chatDialect } from './chat/own.ts';
import { openaiAbilities, openaiDialectFor } from './openai-abilities.ts';
import { apiKeySchema, credentialsOf, providerProperties, type ApiProviderOptions } from './provider-options.ts';
import { dialectName as responsesDialect } from './responses/names.ts';
import { openaiResponses } from './responses/openai-responses.ts';

/** Options of the plugin `openai`. */
export interface OpenaiOptions extends ApiProviderOptions {
  readonly baseUrl: string;
  readonly organization?: string;
  readonly project?: string;
}

declare module '@tapgate/core' {
  interface PluginOptions {
    openai: Partial<Omit<OpenaiOptions, 'apiKey' | 'credentials'>> & {
      readonly apiKey?: string | Secret;
      readonly credentials?: Readonly<Record<string, string | Secret>>;
    };
  }
}

const defaultBaseUrl = 'https://api.openai.com/v1';

const schema = {
  type: 'object',
  properties: {
    apiKey: apiKeySchema('OPENAI_API_KEY'),
    baseUrl: {
      type: 'string',
      format: 'uri',
      default: defaultBaseUrl,
      description: 'Where the API is, with its version.',
    },
    organization: { type: 'string', minLength: 1, description: 'Organization that requests are billed to.' },
    project: { type: 'string', minLength: 1, description: 'Project that requests belong to.' },
    ...providerProperties,
  },
  additionalProperties: false,
} as const;

/** The Chat Completions and Responses APIs as dialects, and the place that invented them as a provider. */
export const openai: Plugin<OpenaiOptions> = definePlugin<OpenaiOptions>({
  name: 'openai',
  apiVersion: 1,
  schema,
  apply(gateway, options, { id }) {
    gateway.dialect(openaiChat);
    gateway.dialect(openaiResponses);
    const credentials = credentialsOf(options);
    // Without any the plugin still speaks to clients, whoever answers them.
    if (Object.keys(credentials).length === 0 && options.baseUrl === defaultBaseUrl) return;
    const { baseUrl, models, timeouts, sealRealm } = options;
    const provider = createHttpProvider(gateway, {
      name: id,
      baseUrl,
      dialects: [chatDialect, responsesDialect],
      dialectFor: openaiDialectFor,
      credentials,
      headers: headersOf(options),
      own: ['openai-beta'],
      capabilities: openaiAbilities,
      sealRealm: () => sealRealm,
      exposes: ['openai-processing-ms', 'openai-version'],
      ...defined({ models, timeouts }),
    });
    gateway.provider(provider);
  },
});

function headersOf({ organization, project, headers }: OpenaiOptions): Readonly<Record<string, string>> {
  return {
    ...defined({ 'openai-organization': organization, 'openai-project': project }),
    ...headers,
  };
}
