import {
  type Attempt,
  createHttpProvider,
  defined,
  definePlugin,
  type Gateway,
  type Lifecycle,
  type Plugin,
  type Provider,
  type Secret,
  type Timeouts,
} from '@tapgate/core';
import { dialectName } from './dialect-name.ts';
import { geminiAbilities } from './gemini-abilities.ts';
import { googleGenerate } from './google-generate.ts';
import { streamedArrays } from './streamed-arrays.ts';
import { createVertexProvider, type VertexOptions } from './vertex.ts';

/** Options of the plugin `google`. */
export interface GoogleOptions {
  readonly apiKey?: Secret;
  readonly credentials?: Readonly<Record<string, Secret>>;
  readonly baseUrl: string;
  readonly vertex?: VertexOptions;
  readonly stored?: boolean;
  readonly sealRealm?: string;
  readonly models?: readonly string[];
  readonly timeouts?: Partial<Timeouts>;
}

declare module '@tapgate/core' {
  interface PluginOptions {
    google: Partial<Omit<GoogleOptions, 'apiKey' | 'credentials' | 'vertex'>> & {
      readonly apiKey?: string | Secret;
      readonly credentials?: Readonly<Record<string, string | Secret>>;
      readonly vertex?: Omit<VertexOptions, 'location' | 'credentials'> & {
        readonly location?: string;
        readonly credentials?: string | Secret;
      };
    };
  }
}

const defaultBaseUrl = 'https://generativelanguage.googleapis.com/v1beta';
const milliseconds = (description: string): object => ({ type: 'integer', minimum: 0, description });
const name = (description: string): object => ({ type: 'string', minLength: 1, pattern: '^[\\w.:-]+$', description });

const vertexSchema = {
  type: 'object',
  properties: {
    project: name('The project that is asked and billed.'),
    location: { ...name('A region, `us`, `eu` or `global`.'), default: 'global' },
    credentials: {
      type: 'string',
      secret: true,
      minLength: 1,
      description:
        'JSON of a service account, a user, or an identity of another cloud: `${file:/run/secrets/google.json}`.',
    },
    credentialsFile: {
      type: 'string',
      minLength: 1,
      default: '${GOOGLE_APPLICATION_CREDENTIALS:-}',
      description: 'The same in a file, which is read anew for each token.',
    },
    metadataUrl: {
      type: 'string',
      format: 'uri',
      description: 'Origin of a metadata server that the gateway may reach, or of a proxy before one.',
    },
    baseUrl: { type: 'string', format: 'uri', description: 'Another origin than that of the location.' },
    betasAllowed: {
      type: 'array',
      items: { type: 'string' },
      description: 'The only betas of Claude that are sent, `*` at the end for any ending; by default all.',
    },
  },
  required: ['project'],
  additionalProperties: false,
  description: 'Vertex AI in the place of the Gemini API.',
} as const;

const schema = {
  type: 'object',
  properties: {
    apiKey: {
      type: 'string',
      secret: true,
      minLength: 1,
      default: '${GEMINI_API_KEY:-}',
      description: 'API key of the Gemini API, sent as `x-goog-api-key`.',
    },
    credentials: {
      type: 'object',
      additionalProperties: { type: 'string', secret: true, minLength: 1 },
      description: 'Further keys by name, each a target of its own: `google/gemini-3.8-flash#name`.',
    },
    baseUrl: {
      type: 'string',
      format: 'uri',
      default: defaultBaseUrl,
      description: 'Where the API is, its version included. Any server that speaks it will do.',
    },
    vertex: vertexSchema,
    stored: {
      type: 'boolean',
      default: false,
      description: 'Lets clients use the stores of cached contents and files, which all of them share.',
    },
    sealRealm: {
      type: 'string',
      minLength: 1,
      description:
        'Providers with the same word here take one another’s thought signatures; by default none does, and no other key of this one.',
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

/** The dialect of Gemini, and the two places that serve it: the Gemini API with a key, Vertex AI with an identity. */
export const google: Plugin<GoogleOptions> = definePlugin<GoogleOptions>({
  name: 'google',
  apiVersion: 1,
  schema,
  apply(gateway, options, { id }): Lifecycle | void {
    gateway.dialect(googleGenerate);
    const { vertex, models, timeouts, sealRealm } = options;
    if (vertex !== undefined) {
      const { provider, lifecycle } = createVertexProvider(gateway, vertex, {
        name: id,
        ...defined({ models, timeouts, sealRealm }),
      });
      gateway.provider(provider);
      return lifecycle;
    }
    const credentials = credentialsOf(options);
    // Without any the plugin still speaks to clients, whoever answers them.
    if (Object.keys(credentials).length === 0 && options.baseUrl === defaultBaseUrl) return;
    gateway.provider(createGeminiProvider(gateway, options, credentials, id));
  },
});

function credentialsOf({ apiKey, credentials }: GoogleOptions): Readonly<Record<string, Secret>> {
  return { ...(apiKey && { default: apiKey }), ...credentials };
}

/** What is kept at the vendor belongs to the key, and so to everybody who asks through it: it is offered only on demand. */
const operations: ReadonlySet<string> = new Set(['chat', 'count-tokens', 'embeddings']);

function createGeminiProvider(
  gateway: Gateway,
  options: GoogleOptions,
  credentials: Readonly<Record<string, Secret>>,
  id: string,
): Provider {
  const { models, timeouts, sealRealm, stored = false } = options;
  const inner = createHttpProvider(gateway, {
    name: id,
    baseUrl: options.baseUrl,
    dialects: [dialectName],
    credentials,
    credentialHeader: { header: 'x-goog-api-key' },
    capabilities: geminiAbilities,
    sealRealm: () => sealRealm,
    serves: (operation) => operations.has(operation) || (stored && /^(?:files|cachedContents)\./.test(operation)),
    ...defined({ models, timeouts }),
  });
  return { ...inner, call: async (attempt: Attempt) => streamedArrays(await inner.call(attempt), attempt) };
}
