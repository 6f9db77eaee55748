import {
  type Attempt,
  createHttpProvider,
  defined,
  definePlugin,
  type Plugin,
  type Secret,
  type Timeouts,
  type UpstreamRequest,
} from '@tapgate/core';
import { dialectName } from './dialect-name.ts';
import { ollamaChat } from './ollama-chat.ts';
import { serverUrl } from './server-url.ts';

/** Options of the plugin `ollama`. */
export interface OllamaOptions {
  readonly baseUrl: string;
  readonly apiKey?: Secret;
  readonly think?: boolean | 'low' | 'medium' | 'high' | 'max';
  readonly numCtx?: number;
  readonly keepAlive?: string | number;
  readonly models?: readonly string[];
  readonly timeouts?: Partial<Timeouts>;
}

declare module '@tapgate/core' {
  interface PluginOptions {
    ollama: Partial<Omit<OllamaOptions, 'apiKey'>> & { readonly apiKey?: string | Secret };
  }
}

const milliseconds = (description: string): object => ({ type: 'integer', minimum: 0, description });

const schema = {
  type: 'object',
  properties: {
    baseUrl: {
      type: 'string',
      pattern: String.raw`^(?:https?://|(?!https?:))[^\s/?#]+(?:/\S*)?$`,
      default: '${OLLAMA_HOST:-http://127.0.0.1:11434}',
      description: 'Where the server is: an address, or a host with or without its port.',
    },
    apiKey: {
      type: 'string',
      secret: true,
      default: '${OLLAMA_API_KEY:-}',
      description: 'API key, sent as `authorization: Bearer …`. A server of your own asks for none.',
    },
    think: {
      enum: [true, false, 'low', 'medium', 'high', 'max'],
      description: 'How models think where a request does not say so.',
    },
    numCtx: {
      type: 'integer',
      minimum: 1,
      description:
        'Length of the context in tokens, where a request does not say so. Beyond it the server cuts silently.',
    },
    keepAlive: {
      type: ['string', 'integer'],
      description:
        'How long a model stays in memory where a request does not say so: `10m`, seconds, or `-1` for ever.',
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
        firstEventMs: milliseconds('From the request to the first byte of the answer; a model may have to be loaded.'),
        idleMs: milliseconds('Between two chunks of an answer.'),
        totalMs: milliseconds('For the whole answer.'),
      },
      additionalProperties: false,
      description: 'How long to wait, milliseconds, 0 for ever; by default as the gateway does.',
    },
  },
  additionalProperties: false,
} as const;

const operations: ReadonlySet<string> = new Set(['chat', 'generate', 'embed']);
/** The server speaks it too, under a path of its own; vectors are asked for in it, because they need no translation. */
const openai = 'openai-chat';

/** A server of Ollama as a provider, and its own API as a dialect. */
export const ollama: Plugin<OllamaOptions> = definePlugin<OllamaOptions>({
  name: 'ollama',
  apiVersion: 1,
  schema,
  apply(gateway, { baseUrl, apiKey, think, numCtx, keepAlive, models, timeouts }, { id }) {
    gateway.dialect(ollamaChat);
    const able = defined({ think, numCtx, keepAlive });
    gateway.provider(
      createHttpProvider(gateway, {
        name: id,
        baseUrl: serverUrl(baseUrl),
        dialects: [dialectName, openai],
        credentials: apiKey ? { default: apiKey } : {},
        capabilities: () => able,
        dialectFor: (_model, operation, asked) => (isEmbedding(operation, asked) ? openai : dialectName),
        serves: (operation, dialect) =>
          dialect === dialectName ? operations.has(operation) : isEmbedding(operation, dialect),
        prepare: inPlace,
        ...defined({ models, timeouts }),
      }),
    );
  },
});

function isEmbedding(operation: string, dialect: string): boolean {
  return operation === 'embeddings' && dialect === openai;
}

/** What is asked in the other dialect has its own place on the server. */
function inPlace(request: UpstreamRequest, { dialect, path }: Attempt): UpstreamRequest {
  if (dialect !== openai) return request;
  return { ...request, path: `${request.path.slice(0, request.path.length - path.length)}/v1${path}` };
}
