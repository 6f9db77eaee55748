import { fakeUpstream, type Answer, type FakeUpstream } from '../../fake-upstream/fake-upstream.ts';
import { ask, type Answered, type Question } from '../../ask.ts';
import { serveGateway, type PluginUse, type ServedGateway } from '../../serve-gateway.ts';
import { reply } from '../../fake-upstream/reply.ts';
import { knownWires } from './known-wires.ts';
import type { Wire, Wish } from './wire.ts';

/** A provider, and how to come by it. */
export interface ProviderSubject {
  /** The plugins that make the provider of that name, set up to ask the server at `origin` in place of the real one. */
  create(origin: string): { readonly provider: string; readonly plugins: readonly PluginUse[] };
  /** What the provider must be sent, and in which header. */
  readonly credential: { readonly header: string; readonly value: string | RegExp };
  /** Texts that nobody but the provider may see. */
  readonly secrets: readonly string[];
  /** The dialects a client may ask it in: by the name of one that the kit knows, or in one's own words. */
  readonly dialects: readonly (string | Wire)[];
  /** A model that it takes; `kit-model`, unless it says otherwise. */
  readonly model?: string;
}

/** A running gateway with the provider, and the server that stands for the real one. */
export interface ProviderTrial {
  readonly upstream: FakeUpstream;
  readonly served: ServedGateway;
  readonly provider: string;
  readonly wire: Wire;
  /** Asks as a client that has credentials of its own, in every place that clients put them. */
  readonly ask: (streamed: boolean, more?: Question) => Promise<Answered>;
}

/** What a client may call its own, and the provider must never see. */
export const clientSecrets: readonly string[] = ['client-bearer', 'client-key', 'client-cookie', 'client-query'];

const clientHeaders: Readonly<Record<string, string>> = {
  authorization: 'Bearer client-bearer',
  'x-api-key': 'client-key',
  'api-key': 'client-key',
  'x-goog-api-key': 'client-key',
  cookie: 'session=client-cookie',
  'anthropic-version': '2023-06-01',
};

export function wiresOf({ dialects }: ProviderSubject): readonly Wire[] {
  return dialects.map((dialect) => {
    if (typeof dialect !== 'string') return dialect;
    const known = knownWires[dialect];
    if (!known) throw new Error(`The kit does not speak "${dialect}": give the contract a wire of it.`);
    return known;
  });
}

/** Runs `body` for each dialect against a gateway and an upstream of its own. */
export async function withTrials(
  subject: ProviderSubject,
  answer: (wire: Wire) => Answer,
  body: (trial: ProviderTrial, wish: (streamed: boolean) => Wish) => Promise<void>,
  model: string = modelOf(subject),
): Promise<void> {
  for (const wire of wiresOf(subject)) {
    await using upstream = await fakeUpstream(answer(wire));
    const { provider, plugins } = subject.create(upstream.url);
    await using served = await serveGateway({ plugins, models: { kit: [{ provider, model }] } });
    const trial: ProviderTrial = {
      upstream,
      served,
      provider,
      wire,
      ask: (streamed, more = {}) => {
        const { path, body: question } = wire.question({ model: 'kit', streamed });
        const keyed = `${path}${path.includes('?') ? '&' : '?'}key=client-query`;
        return ask(served.url + keyed, { ...more, headers: { ...clientHeaders, ...more.headers }, body: question });
      },
    };
    await body(trial, (streamed) => ({ model, streamed }));
  }
}

export const modelOf = ({ model = 'kit-model' }: ProviderSubject): string => model;

/** The good answer to whatever is asked. */
export function goodAnswer(wire: Wire): Answer {
  return (request) =>
    wire.wishIn(request).streamed
      ? reply.sse(wire.streamed, { paceMs: 0 })
      : reply.bytes(200, wire.whole, { 'content-type': 'application/json' });
}
