import anthropic from '@tapgate/anthropic';
import google from '@tapgate/google';
import openai from '@tapgate/openai';
import openaiCompatible from '@tapgate/openai-compatible';
import {
  fakeUpstream,
  type FakeUpstream,
  type Fixture,
  type RecordedRequest,
  replay,
  reply,
  type Script,
  serveGateway,
  type ServedGateway,
} from '@tapgate/test-kit';

/** The dialects that upstreams speak here; each is a provider of that name. */
export const upstreamDialects = ['openai-chat', 'openai-responses', 'anthropic-messages', 'google-generate'] as const;
export type UpstreamDialect = (typeof upstreamDialects)[number];

/** `openai-clone` speaks chat with the quirks of those who took it over. */
export type UpstreamName = UpstreamDialect | 'openai-clone';

/** A gateway before one upstream that speaks every dialect, each under its own provider. */
export interface Speaking extends AsyncDisposable {
  readonly url: string;
  readonly upstream: FakeUpstream;
  readonly gateway: ServedGateway;
}

/** Serves each model by its provider of that dialect, and the upstream's answers by the model's name. */
export async function speaking(
  models: Readonly<Record<string, UpstreamName>>,
  answer: (model: string, request: RecordedRequest) => Script,
): Promise<Speaking> {
  const upstream = await fakeUpstream((request) => answer(modelOf(request), request));
  const compatible = { baseUrl: `${upstream.url}/v1`, apiKey: 'the-providers-key' };
  const gateway = await serveGateway({
    unsupported: 'drop',
    plugins: [
      [openai, {}],
      [openaiCompatible, { ...compatible, dialects: ['openai-chat'] }, { id: 'openai-chat' }],
      [
        openaiCompatible,
        { ...compatible, dialects: ['openai-chat'], quirks: { normalise: true } },
        { id: 'openai-clone' },
      ],
      [openaiCompatible, { ...compatible, dialects: ['openai-responses'] }, { id: 'openai-responses' }],
      [anthropic, { baseUrl: upstream.url, apiKey: 'the-providers-key' }, { id: 'anthropic-messages' }],
      [google, { baseUrl: `${upstream.url}/v1beta`, apiKey: 'the-providers-key' }, { id: 'google-generate' }],
    ] as never,
    models: Object.fromEntries(
      Object.entries(models).map(([name, dialect]) => [name, [{ provider: dialect, model: name }]]),
    ),
  });
  return {
    url: gateway.url,
    upstream,
    gateway,
    [Symbol.asyncDispose]: async () => {
      await gateway.close();
      await upstream.close();
    },
  };
}

/** The model that an upstream is asked for, in any dialect. */
export function modelOf(request: RecordedRequest): string {
  const inPath = /\/models\/([^:/?]+)/.exec(request.path)?.[1];
  return inPath === undefined ? (request.json() as { model: string }).model : decodeURIComponent(inPath);
}

/** A gateway whose models are these recordings, by their names with dots for slashes. */
export function speakingRecordings(recordings: readonly Fixture[]): Promise<Speaking> {
  const byName = new Map(recordings.map((fixture) => [publicName(fixture), fixture]));
  const models = Object.fromEntries([...byName].map(([name, fixture]) => [name, upstreamOf(fixture)] as const));
  return speaking(models, (model) => {
    const fixture = byName.get(model);
    return fixture === undefined ? reply.json(404, { error: { message: `no recording ${model}` } }) : replay(fixture);
  });
}

function upstreamOf({ dialect, entry }: Fixture): UpstreamName {
  const cloned = dialect === 'openai-chat' && !['openai', 'azure'].includes(entry.provider);
  return cloned ? 'openai-clone' : (dialect as UpstreamDialect);
}

/** A recording's name as a model's. */
export function publicName({ name }: Fixture): string {
  return name.replace('/', '.');
}
