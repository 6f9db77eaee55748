import {
  type Capabilities,
  createHttpProvider,
  defined,
  definePlugin,
  type Gateway,
  type Given,
  type Plugin,
  type Provider,
  type Secret,
  type TokenSource,
} from '@tapgate/core';
import {
  type ApiProviderOptions,
  credentialsOf,
  openaiAbilities,
  openaiChat,
  openaiDialectFor,
  openaiResponses,
} from '@tapgate/openai';
import { type EntraOptions, entraSource } from './entra.ts';
import { schema } from './options-schema.ts';
import { isDated, pathAt, placeOf } from './place.ts';
import { readError } from './read-error.ts';

type Spoken = 'openai-chat' | 'openai-responses';

/** Options of the plugin `azure-openai`. */
export interface AzureOpenaiOptions extends ApiProviderOptions {
  readonly resource?: string;
  readonly baseUrl?: string;
  /** It counts where an API key is there too: that may only be in the environment. */
  readonly entra?: EntraOptions;
  readonly apiVersion?: string;
  readonly dialects?: readonly Spoken[];
  readonly deployments?: Readonly<Record<string, { readonly model?: string; readonly quirks?: Capabilities }>>;
}

declare module '@tapgate/core' {
  interface PluginOptions {
    'azure-openai': Given<AzureOpenaiOptions>;
  }
}

const both = ['openai-chat', 'openai-responses'] as const;
const dialects = { 'openai-chat': openaiChat, 'openai-responses': openaiResponses };

/** OpenAI's models, and others, in a resource of Azure: its v1 API, or one with a date. */
export const azureOpenai: Plugin<AzureOpenaiOptions> = definePlugin<AzureOpenaiOptions>({
  name: 'azure-openai',
  apiVersion: 1,
  schema,
  apply(gateway, options, { id }) {
    const spoken = options.dialects ?? (isDated(options.apiVersion) ? ['openai-chat'] : both);
    for (const dialect of spoken) gateway.dialect(dialects[dialect]);
    const address = addressOf(options);
    const credentials = address === undefined ? {} : keysOf(gateway, options, address, id);
    if (address === undefined || Object.keys(credentials).length === 0) {
      const lacking = address === undefined ? 'no resource' : 'no credential';
      gateway.log.warn({ plugin: id }, `${lacking}, so no provider: give "resource", and "apiKey" or "entra"`);
      return;
    }
    gateway.provider(createAzureProvider(gateway, { ...options, dialects: spoken }, credentials, address, id));
  },
});

function addressOf({ resource, baseUrl }: AzureOpenaiOptions): string | undefined {
  return resource === undefined ? baseUrl : `https://${resource}.openai.azure.com`;
}

type Keys = Readonly<Record<string, Secret | TokenSource>>;

function keysOf(gateway: Gateway, options: AzureOpenaiOptions, address: string, id: string): Keys {
  const { entra } = options;
  if (entra === undefined) return credentialsOf(options);
  const ways = { provider: id, upstream: gateway.upstream };
  return { default: entraSource(ways, entra, address), ...options.credentials };
}

/** What a resource has beside conversations. */
const operations: ReadonlySet<string> = new Set([
  'chat',
  'embeddings',
  'images',
  'speech',
  'transcriptions',
  'completions',
]);

function createAzureProvider(
  gateway: Gateway,
  options: AzureOpenaiOptions & { readonly dialects: readonly Spoken[] },
  credentials: Keys,
  address: string,
  name: string,
): Provider {
  const { deployments = {}, dialects: spoken, headers, timeouts } = options;
  const models = options.models ?? (options.deployments && Object.keys(options.deployments));
  const place = placeOf(address, options.apiVersion);
  const modelOf = (deployment: string): string => deployments[deployment]?.model ?? deployment;
  return createHttpProvider(gateway, {
    name,
    baseUrl: place.baseUrl,
    dialects: spoken,
    credentials,
    credentialHeader: { header: 'api-key' },
    own: ['openai-beta'],
    capabilities: (deployment) => ({
      ...openaiAbilities(modelOf(deployment)),
      ...deployments[deployment]?.quirks,
    }),
    serves: (operation) => operations.has(operation) || operation.startsWith('responses-'),
    dialectFor: (deployment, operation, asked) => {
      const chosen = openaiDialectFor(modelOf(deployment), operation, asked);
      return spoken.find((dialect) => dialect === chosen);
    },
    readError: (...answer) => readError(name, ...answer),
    exposes: ['apim-request-id', 'x-ms-region'],
    prepare: (request, attempt) => {
      const base = request.path.slice(0, request.path.length - attempt.path.length);
      return { ...request, path: base + pathAt(place, attempt.path, attempt.target.model) };
    },
    ...defined({ headers, models, timeouts }),
  });
}
