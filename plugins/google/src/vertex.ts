import { readFile } from 'node:fs/promises';
import {
  type Attempt,
  type Capabilities,
  coreErrors,
  createHttpProvider,
  defined,
  type Gateway,
  type HttpProviderOptions,
  type Lifecycle,
  type Provider,
  type Reply,
  type Secret,
  type Timeouts,
  type TokenSource,
  type TokenWays,
  type UpstreamRequest,
} from '@tapgate/core';
import { dialectName } from './dialect-name.ts';
import { geminiAbilities } from './gemini-abilities.ts';
import { streamedArrays } from './streamed-arrays.ts';
import { credentialsSource, metadataSource } from './token-sources.ts';

/** Where models are on Vertex AI, and as whom to ask for them. */
export interface VertexOptions {
  readonly project: string;
  readonly location: string;
  readonly credentials?: Secret;
  readonly credentialsFile?: string;
  readonly metadataUrl?: string;
  readonly baseUrl?: string;
  readonly betasAllowed?: readonly string[];
}

/** What the provider needs beside its place. */
export interface VertexSetting {
  readonly name: string;
  /** Whose thought signatures it takes beside its own. Claude’s are the same everywhere. */
  readonly sealRealm?: string;
  readonly models?: readonly string[];
  readonly timeouts?: Partial<Timeouts>;
}

const claudeDialect = 'anthropic-messages';
/** @see https://cloud.google.com/vertex-ai/generative-ai/docs/partner-models/claude/use-claude */
const claudeVersion = 'vertex-2023-10-16';
const claude = /^(?:publishers\/anthropic\/models\/)?(?=claude-)/;

/** What is needed of the plugin for Claude's own dialect; without it nobody could ask for Claude in the first place. */
type Claude = Pick<typeof import('@tapgate/anthropic'), 'claudeAbilities' | 'withoutModel'>;

/** Gemini and Claude on Vertex AI, with access tokens that are fetched and kept here. */
export function createVertexProvider(
  gateway: Gateway,
  vertex: VertexOptions,
  setting: VertexSetting,
): { readonly provider: Provider; readonly lifecycle: Lifecycle } {
  const { name, sealRealm, ...more } = setting;
  let known: Claude | undefined;
  const inner = createHttpProvider(gateway, {
    ...placeOf(vertex),
    name,
    ...more,
    sealRealm: (dialect) => (dialect === claudeDialect ? 'anthropic' : sealRealm),
    credentials: { default: tokenSource(gateway, vertex, name) },
    capabilities: (model) => abilities(model, vertex, known),
    prepare: (request, attempt) => envelope(request, attempt, known),
  });
  const call = async (attempt: Attempt): Promise<Reply> => streamedArrays(await inner.call(attempt), attempt);
  const ready = async (): Promise<void> => {
    known = await import('@tapgate/anthropic').catch(() => undefined);
  };
  return { provider: { ...inner, call }, lifecycle: { ready } };
}

/** Operations that need the project's own stores are not offered: they would be shared by all who ask. */
const operations: ReadonlySet<string> = new Set(['chat', 'count-tokens', 'embeddings']);

function placeOf({ project, location, baseUrl }: VertexOptions): Omit<HttpProviderOptions, 'name' | 'credentials'> {
  const origin = baseUrl ?? originOf(location);
  const place = `/v1/projects/${encodeURIComponent(project)}/locations/${encodeURIComponent(location)}`;
  return {
    baseUrl: origin.replace(/\/+$/, '') + place,
    vendor: location === 'global' ? 'vertex' : 'vertex-regional',
    dialects: [dialectName, claudeDialect],
    own: ['anthropic-beta'],
    serves: (operation, dialect) =>
      operations.has(operation) && (dialect === dialectName || operation !== 'embeddings'),
    dialectFor: (model) => (claude.test(model) ? claudeDialect : dialectName),
  };
}

/** A region has a host of its own, and so do the two continents; all the world has the plain one. */
export function originOf(location: string): string {
  if (location === 'global') return 'https://aiplatform.googleapis.com';
  if (location === 'us' || location === 'eu') return `https://aiplatform.${location}.rep.googleapis.com`;
  return `https://${location}-aiplatform.googleapis.com`;
}

/** This place has no tiers in the request's body, and refuses betas of Claude that it does not know. */
function abilities(model: string, { betasAllowed }: VertexOptions, known: Claude | undefined): Capabilities {
  if (!claude.test(model)) return { ...geminiAbilities(model), serviceTiers: false };
  return { ...known?.claudeAbilities(model), ...defined({ betasAllowed }) };
}

/** The request as this place wants it: the publisher in the path, and Claude's model there and not in the body. */
function envelope(request: UpstreamRequest, attempt: Attempt, known: Claude | undefined): UpstreamRequest {
  const base = request.path.slice(0, request.path.length - attempt.path.length);
  if (attempt.dialect !== claudeDialect) {
    const publisher = attempt.path.startsWith('/models/') ? '/publishers/google' : '';
    return { ...request, path: base + publisher + attempt.path };
  }
  if (known === undefined)
    throw coreErrors.OPERATION_UNSUPPORTED({ provider: request.provider, operation: attempt.operation });
  const models = `${base}/publishers/anthropic/models/`;
  if (attempt.operation === 'count-tokens') return { ...request, path: `${models}count-tokens:rawPredict` };
  const model = encodeURIComponent(attempt.target.model.replace(claude, ''));
  const method = attempt.streamed ? 'streamRawPredict' : 'rawPredict';
  return { ...request, path: `${models}${model}:${method}`, body: known.withoutModel(attempt.body, claudeVersion) };
}

function tokenSource(gateway: Gateway, vertex: VertexOptions, provider: string): TokenSource {
  const { credentials, credentialsFile, metadataUrl } = vertex;
  const ways: TokenWays = { provider, upstream: gateway.upstream };
  if (credentials !== undefined) return credentialsSource(ways, () => Promise.resolve(credentials.reveal()));
  if (credentialsFile !== undefined) return credentialsSource(ways, () => readFile(credentialsFile, 'utf8'));
  if (metadataUrl !== undefined) return metadataSource(ways, metadataUrl);
  return () => Promise.reject(coreErrors.UPSTREAM_CREDENTIAL({ provider }));
}
