import {
  createHttpProvider,
  defined,
  definePlugin,
  type HttpProviderOptions,
  type Plugin,
  type Secret,
  type Timeouts,
} from '@tapgate/core';
import { anthropicMessages } from './anthropic-messages.ts';
import { claudeAbilities } from './claude-abilities.ts';
import { dialectName } from './dialect-name.ts';

/** Options of the plugin `anthropic`. */
export interface AnthropicOptions {
  readonly apiKey?: Secret;
  readonly authToken?: Secret;
  readonly credentials?: Readonly<Record<string, Secret>>;
  readonly baseUrl: string;
  readonly version?: '2023-06-01' | '2026-10-21';
  readonly betas?: readonly string[];
  readonly betasAllowed?: readonly string[];
  readonly sealRealm?: string;
  readonly models?: readonly string[];
  readonly timeouts?: Partial<Timeouts>;
}

declare module '@tapgate/core' {
  interface PluginOptions {
    anthropic: Partial<Omit<AnthropicOptions, 'apiKey' | 'authToken' | 'credentials'>> & {
      readonly apiKey?: string | Secret;
      readonly authToken?: string | Secret;
      readonly credentials?: Readonly<Record<string, string | Secret>>;
    };
  }
}

const defaultBaseUrl = 'https://api.anthropic.com';
const milliseconds = (description: string): object => ({ type: 'integer', minimum: 0, description });

const schema = {
  type: 'object',
  properties: {
    apiKey: {
      type: 'string',
      secret: true,
      minLength: 1,
      default: '${ANTHROPIC_API_KEY:-}',
      description: 'API key, sent as `x-api-key`.',
    },
    authToken: {
      type: 'string',
      secret: true,
      minLength: 1,
      default: '${ANTHROPIC_AUTH_TOKEN:-}',
      description: 'Token, sent as `authorization: Bearer …` where there is no key.',
    },
    credentials: {
      type: 'object',
      additionalProperties: { type: 'string', secret: true, minLength: 1 },
      description: 'Further keys by name, each a target of its own: `anthropic/claude-opus-5-5#name`.',
    },
    baseUrl: {
      type: 'string',
      format: 'uri',
      default: defaultBaseUrl,
      description: 'Where the API is, without `/v1`. Any server that speaks it will do.',
    },
    version: {
      enum: ['2023-06-01', '2026-10-21'],
      description:
        'API version for clients that name none. The later one takes no `temperature`; by default the earlier.',
    },
    betas: {
      type: 'array',
      items: { type: 'string' },
      description: 'Betas of every request, beside those the client names.',
    },
    betasAllowed: {
      type: 'array',
      items: { type: 'string' },
      description: 'The only betas that are sent, `*` at the end for any ending; by default all.',
    },
    sealRealm: {
      type: 'string',
      minLength: 1,
      description:
        'Providers with the same word here take one another’s signed thinking. By default `anthropic` for the API itself, as for Claude on Bedrock and Vertex AI, and for another server nobody’s but its own.',
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

/** The Messages API as a dialect, and the place that invented it as a provider. */
export const anthropic: Plugin<AnthropicOptions> = definePlugin<AnthropicOptions>({
  name: 'anthropic',
  apiVersion: 1,
  schema,
  apply(gateway, options, { id }) {
    gateway.dialect(anthropicMessages);
    const credentials = credentialsOf(options);
    // Without any the plugin still speaks to clients, whoever answers them.
    if (Object.keys(credentials).length === 0 && options.baseUrl === defaultBaseUrl) return;
    gateway.provider(createHttpProvider(gateway, providerOptions(options, credentials, id)));
  },
});

function credentialsOf({ apiKey, authToken, credentials }: AnthropicOptions): Readonly<Record<string, Secret>> {
  const first = apiKey ?? authToken;
  return { ...(first && { default: first }), ...credentials };
}

function providerOptions(
  options: AnthropicOptions,
  credentials: Readonly<Record<string, Secret>>,
  name: string,
): HttpProviderOptions {
  const { apiKey, authToken, version, betas, betasAllowed, models, timeouts } = options;
  const isToken = apiKey === undefined && authToken !== undefined;
  // Signatures are the same on all platforms that serve Claude: https://platform.claude.com/docs/en/build-with-claude/extended-thinking
  const sealRealm = options.sealRealm ?? (options.baseUrl === defaultBaseUrl ? 'anthropic' : undefined);
  const told = defined({ anthropicVersion: version, betas, betasAllowed });
  return {
    name,
    baseUrl: options.baseUrl.replace(/\/v1\/?$/, ''),
    dialects: [dialectName],
    credentials,
    credentialHeader: isToken ? { header: 'authorization', prefix: 'Bearer ' } : { header: 'x-api-key' },
    own: ['anthropic-version', 'anthropic-beta'],
    capabilities: (model) => ({ ...claudeAbilities(model), ...told }),
    sealRealm: () => sealRealm,
    ...defined({ models, timeouts }),
  };
}
