import capabilities from '@tapgate/capabilities';
import catalogue from '@tapgate/catalogue';
import degrade from '@tapgate/degrade';
import failover from '@tapgate/failover';
import { createKey, default as keyAuth } from '@tapgate/key-auth';
import loadBalance from '@tapgate/load-balance';
import loadShedding from '@tapgate/load-shedding';
import openaiCompatible from '@tapgate/openai-compatible';
import queue from '@tapgate/queue';
import {
  type Answer,
  fakeUpstream,
  type FakeUpstream,
  type PluginUse,
  type ServeConfig,
  serveGateway,
  type ServedGateway,
} from '@tapgate/test-kit';
import { keyOf, languages, makers as each } from '../faults/stage.ts';

const pepper = 'a pepper of some length';
const owned = createKey(pepper);

/** The key of the only client that `everyPlugin` lets in. */
export const clientKey: string = owned.key;

/** Every plugin of the house that a request meets on its way, as an operator would load them all. */
export const everyPlugin: readonly PluginUse[] = [
  [keyAuth, { pepper, keys: [{ id: owned.id, hash: owned.hash, owner: 'ann' }] }],
  [capabilities],
  [catalogue],
  [loadShedding],
  [queue],
  [loadBalance],
  [failover, { retry: { baseMs: 1, maxMs: 5 } }],
  [degrade, { text: 'We are having trouble.' }],
];

/** A server that speaks one of the vendor's two dialects and not the other. */
const one = (dialect: string): Maker => ({ plugin: openaiCompatible, base: '/v1', options: { dialects: [dialect] } });
const makers: Readonly<Record<string, Maker>> = {
  ...each,
  'openai-chat': one('openai-chat'),
  'openai-responses': one('openai-responses'),
};
type Maker = NonNullable<(typeof each)[string]> & { readonly options?: object };

/** A gateway for all dialects, and its upstreams by the name of their provider. */
export interface World extends AsyncDisposable {
  readonly served: ServedGateway;
  readonly url: string;
  readonly at: (name: string) => FakeUpstream;
  /** All calls that any upstream has had. */
  readonly calls: () => number;
}

/** Whom a world asks: by name, the dialect that the upstream speaks and what it does. The model `m` asks them in this order. */
export type Upstreams = Readonly<Record<string, readonly [dialect: string, answer?: Answer, options?: object]>>;

/** Serves the model `m` by these upstreams. */
export async function world(
  upstreams: Upstreams,
  { plugins = [], ...config }: Omit<ServeConfig, 'models'> = {},
): Promise<World> {
  const fakes = new Map<string, FakeUpstream>();
  const providers: PluginUse[] = [];
  for (const [name, [dialect, answer, options]] of Object.entries(upstreams)) {
    const maker = makers[dialect];
    if (maker === undefined) throw new Error(`Nobody provides ${dialect}.`);
    const fake = await fakeUpstream(answer);
    fakes.set(name, fake);
    providers.push([
      maker.plugin,
      { baseUrl: fake.url + maker.base, apiKey: keyOf(name), ...maker.options, ...options },
      { id: name },
    ]);
  }
  const served = await serveGateway({
    ...config,
    plugins: [languages, ...providers, ...plugins],
    models: { m: Object.keys(upstreams).map((name) => `${name}/model-of-${name}`) },
  });
  return {
    served,
    url: served.url,
    at: (name) => {
      const fake = fakes.get(name);
      if (fake === undefined) throw new Error(`There is no ${name}.`);
      return fake;
    },
    calls: () => [...fakes.values()].reduce((sum, fake) => sum + fake.requests.length, 0),
    [Symbol.asyncDispose]: async () => {
      await served.close();
      for (const fake of fakes.values()) await fake.close();
    },
  };
}

/** Whom a client of a dialect must be translated for. */
export const foreign: Readonly<Record<string, string>> = {
  'openai-chat': 'anthropic-messages',
  'openai-responses': 'anthropic-messages',
  'anthropic-messages': 'openai-chat',
  'google-generate': 'openai-chat',
};
