import {
  type Attempt,
  type Capabilities,
  collectBytes,
  createHttpProvider,
  defined,
  definePlugin,
  type Gateway,
  type Given,
  type NativeReply,
  type Plugin,
  type Provider,
  type Reply,
  type Secret,
  streamOf,
  type UpstreamRequest,
} from '@tapgate/core';
import {
  apiKeySchema,
  type ApiProviderOptions,
  credentialsOf,
  moreQuirksSchema,
  openaiChat,
  openaiResponses,
  providerProperties,
} from '@tapgate/openai';
import { usual } from '@tapgate/openai-compatible';
import { type Engine, engines, quirksOf } from './engines.ts';
import { type FeaturesAsked, featuresAsked, writeVectors } from './feature-vectors.ts';
import { dialectName as tasks } from './tasks/dialect-name.ts';
import { huggingfaceTasks } from './tasks/huggingface-tasks.ts';
import { taskPath } from './tasks/model-path.ts';

type Spoken = 'openai-chat' | 'openai-responses';

/** Options of the plugin `huggingface`. */
export interface HuggingfaceOptions extends ApiProviderOptions {
  readonly baseUrl: string;
  readonly place?: 'router' | 'endpoint';
  readonly engine?: Engine;
  readonly billTo?: string;
  readonly dialects: readonly Spoken[];
  readonly quirks?: Capabilities;
}

declare module '@tapgate/core' {
  interface PluginOptions {
    huggingface: Given<HuggingfaceOptions>;
  }
}

const router = 'https://router.huggingface.co/v1';

const schema = {
  type: 'object',
  properties: {
    apiKey: apiKeySchema('HF_TOKEN'),
    baseUrl: {
      type: 'string',
      format: 'uri',
      default: router,
      description: 'The router of the inference providers, or the address of a dedicated endpoint.',
    },
    place: {
      enum: ['router', 'endpoint'],
      description: 'Which of the two is there; by default an endpoint wherever the router’s own address is not.',
    },
    engine: { enum: engines, description: 'What an endpoint runs, where it runs one of these.' },
    billTo: {
      type: 'string',
      pattern: '^[\\w.-]+$',
      description: 'Organisation or resource group that requests are billed to.',
    },
    dialects: {
      type: 'array',
      items: { enum: ['openai-chat', 'openai-responses'] },
      minItems: 1,
      default: ['openai-chat'],
      description: 'What conversations are asked in, the one to translate to first.',
    },
    quirks: moreQuirksSchema,
    ...providerProperties,
  },
  additionalProperties: false,
};

const dialects = { 'openai-chat': openaiChat, 'openai-responses': openaiResponses };

/** Hugging Face: the router of its inference providers, its own tasks, and dedicated endpoints. */
export const huggingface: Plugin<HuggingfaceOptions> = definePlugin<HuggingfaceOptions>({
  name: 'huggingface',
  apiVersion: 1,
  schema,
  apply(gateway, options, { id }) {
    for (const dialect of options.dialects) gateway.dialect(dialects[dialect]);
    gateway.dialect(huggingfaceTasks);
    const credentials = credentialsOf(options);
    const isRouter = (options.place ?? (options.baseUrl === router ? 'router' : 'endpoint')) === 'router';
    // An endpoint in one's own network may ask for no key.
    if (isRouter && Object.keys(credentials).length === 0) return;
    gateway.provider(createHuggingfaceProvider(gateway, options, { name: id, isRouter, credentials }));
  },
});

interface Setting {
  readonly name: string;
  readonly isRouter: boolean;
  readonly credentials: Readonly<Record<string, Secret>>;
}

function createHuggingfaceProvider(gateway: Gateway, options: HuggingfaceOptions, setting: Setting): Provider {
  const { engine, billTo, quirks, models, timeouts } = options;
  const { name, isRouter, credentials } = setting;
  const features = new WeakMap<Attempt, FeaturesAsked>();
  const abilities: Capabilities = { ...usual, reasoningIn: 'effort', ...quirksOf(engine), ...quirks };
  const inner = createHttpProvider(gateway, {
    name,
    baseUrl: options.baseUrl.replace(/\/+$/, '').replace(/\/v1$/, ''),
    dialects: [...options.dialects, tasks],
    credentials,
    headers: { ...defined({ 'x-hf-bill-to': billTo }), ...options.headers },
    capabilities: () => abilities,
    serves: (operation, dialect) => !isRouter || dialect === tasks || routed.has(operation),
    exposes: ['x-compute-type', 'x-compute-time'],
    prepare: (request, attempt) => envelope(request, attempt, features.get(attempt), isRouter),
    ...defined({ models, timeouts }),
  });
  const call = async (attempt: Attempt): Promise<Reply> => {
    if (!isRouter || attempt.operation !== 'embeddings') return inner.call(attempt);
    const { model } = attempt.target;
    const asked = featuresAsked(`${name}/${model}`, attempt.body);
    features.set(attempt, asked);
    const reply = await inner.call(attempt);
    return reply.bytes === undefined || (reply.status ?? 200) >= 400 ? reply : inVectors(reply, name, model, asked);
  };
  return { ...inner, call };
}

/** What the router has beside tasks. Of embeddings it has none by this name: they are a task of their own. */
const routed: ReadonlySet<string> = new Set(['chat', 'embeddings']);

/** The request where this place has it: conversations below the version, tasks beside it, and at an endpoint at its root. */
function envelope(
  request: UpstreamRequest,
  attempt: Attempt,
  features: FeaturesAsked | undefined,
  isRouter: boolean,
): UpstreamRequest {
  const base = request.path.slice(0, request.path.length - attempt.path.length);
  if (attempt.dialect === tasks) return { ...request, path: isRouter ? request.path : `${base}/` };
  if (features === undefined) return { ...request, path: `${base}/v1${attempt.path}` };
  const model = attempt.target.model.replace(/:hf-inference$/, '');
  return { ...request, path: base + taskPath(model, '/pipeline/feature-extraction'), body: features.body };
}

async function inVectors(reply: NativeReply, name: string, model: string, asked: FeaturesAsked): Promise<NativeReply> {
  const bytes = writeVectors(name, model, asked, await collectBytes(reply.bytes));
  const headers = new Map([...(reply.headers ?? []), ['content-type', 'application/json']]);
  return { ...reply, headers, streamed: false, bytes: streamOf(bytes) };
}
