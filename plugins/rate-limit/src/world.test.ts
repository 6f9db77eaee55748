/** What the tests of this folder share: a gateway with limits before a fake upstream, and a store to look into. It has no tests of its own. */
import {
  type Claim,
  definePlugin,
  type Exchange,
  MemoryStore,
  type Plugin,
  type Settlement,
  stage,
  type Store,
} from '@tapgate/core';
import anthropic from '@tapgate/anthropic';
import openai from '@tapgate/openai';
import openaiCompatible from '@tapgate/openai-compatible';
import {
  type Answer,
  ask,
  type Answered,
  fakeUpstream,
  type FakeUpstream,
  reply,
  serveGateway,
  type ServedGateway,
} from '@tapgate/test-kit';
import rateLimit, { type RateLimitOptions } from './index.ts';

/** A whole answer with its usage; `usage` stands as it is given. */
export const whole = (usage: unknown = { prompt_tokens: 7, completion_tokens: 5, total_tokens: 12 }): object => ({
  id: 'c',
  object: 'chat.completion',
  created: 1,
  model: 'real',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hello.' }, finish_reason: 'stop' }],
  ...(usage === undefined ? {} : { usage }),
});

/** An answer of status 200. */
export const says = (usage?: unknown, headers: Record<string, string> = {}): Answer =>
  reply.json(200, usage === undefined ? whole() : whole(usage), headers);

/** Waits until something is so. */
export async function eventually(so: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await so())) await new Promise((resolve) => setTimeout(resolve, 3));
}

/** An error of a status. */
export const fails = (status: number, headers: Record<string, string> = {}): Answer =>
  reply.json(status, { error: { message: 'no', type: 'error' } }, headers);

/** One event of a stream. */
export const chunk = (delta: object, finish: string | null = null): string =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'real', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;

/** A store whose counters can be looked at, and whose calls can be counted, slowed and broken. */
export class OpenStore implements Store {
  readonly inner: MemoryStore;
  /** What becomes of a call before the store hears of it. */
  before: () => Promise<void> = () => Promise.resolve();
  reserves = 0;
  settles = 0;

  /** There where the store answers at once, as the one in memory does. */
  readonly direct?: NonNullable<Store['direct']>;

  constructor(of: { readonly now?: () => number; readonly atOnce?: boolean } = {}) {
    this.inner = of.now === undefined ? new MemoryStore() : new MemoryStore({ now: of.now });
    const { direct } = this.inner;
    if (of.atOnce !== true) return;
    this.direct = {
      reserve: (id, claims, leaseMs) => {
        this.#see(claims);
        return direct.reserve(id, claims, leaseMs);
      },
      settle: (id, spent) => {
        this.settles += 1;
        direct.settle(id, spent);
      },
    };
  }

  #see(claims: readonly Claim[]): void {
    this.reserves += 1;
    for (const claim of claims) this.seen.set(`${claim.windowMs} ${claim.key}`, claim);
  }

  get: Store['get'] = (key) => this.inner.get(key);
  set: Store['set'] = (key, value, how) => this.inner.set(key, value, how);
  delete: Store['delete'] = (prefix) => this.inner.delete(prefix);
  watch: Store['watch'] = (prefix, changed) => this.inner.watch(prefix, changed);
  reserve: Store['reserve'] = async (id, claims, leaseMs) => {
    this.#see(claims);
    await this.before();
    return this.inner.reserve(id, claims, leaseMs);
  };
  settle: Store['settle'] = async (id, spent) => {
    this.settles += 1;
    await this.before();
    return this.inner.settle(id, spent);
  };
  /** The last claim on each counter. */
  readonly seen = new Map<string, Claim>();

  /** What is counted now, by a part of the counter's key. */
  async spent(part: string): Promise<bigint> {
    let sum = 0n;
    for (const claim of this.seen.values()) {
      if (!claim.key.includes(part)) continue;
      const limit = 2n ** 62n;
      const { claims } = await this.inner.reserve(`look ${Math.random()}`, [{ ...claim, limit, amount: 0n }], 1);
      sum += limit - (claims[0]?.remaining ?? 0n);
    }
    return sum;
  }

  /** A plugin that brings it. */
  get plugin(): Plugin {
    return definePlugin({
      name: 'open-store',
      apiVersion: 1,
      schema: { type: 'object' },
      apply: (gateway) => gateway.provide('store', this),
    });
  }
}

/** Admits whoever says a name: `authorization: Bearer ann/acme/{"plan":"free"}`. */
export const admits: Plugin = definePlugin({
  name: 'admits',
  apiVersion: 1,
  admits: true,
  schema: { type: 'object' },
  apply({ hooks }) {
    hooks.beforeRoute.tap({ name: 'admits', stage: stage.admit }, (exchange) => {
      const [id = '', tenant = id, labels = '{}', key] = (exchange.credential?.reveal() ?? 'ann').split('/');
      exchange.admit({
        id,
        tenant,
        labels: JSON.parse(labels) as Record<string, string>,
        claims: key === undefined ? {} : { keyId: key },
      });
    });
  },
});

/** A gateway with limits, its upstream and its store. */
export interface World extends AsyncDisposable {
  readonly gateway: ServedGateway;
  readonly upstream: FakeUpstream;
  readonly second: FakeUpstream;
  readonly store: OpenStore;
  chat(
    fields?: object,
    as?: { readonly who?: string; readonly signal?: AbortSignal; readonly model?: string },
  ): Promise<Answered>;
  messages(fields?: object): Promise<Answered>;
  /** Every exchange has settled. */
  settled(count: number): Promise<readonly { readonly settlement: Settlement; readonly exchange: Exchange }[]>;
}

/** What is not as usual. */
export interface Wanted {
  readonly answer?: Answer;
  readonly second?: Answer;
  readonly store?: OpenStore;
  readonly before?: readonly unknown[];
  readonly plugins?: readonly unknown[];
  readonly limits?: object;
}

/** Serves the model `m` from the providers `a` and `b`, and `only-a` and `only-b` from one each. */
export async function world(options: object, wanted: Wanted = {}): Promise<World> {
  const { answer = says(), second: secondAnswer = answer, store = new OpenStore(), before = [], plugins = [] } = wanted;
  const [upstream, second] = [await fakeUpstream(answer), await fakeUpstream(secondAnswer)];
  const provider = (of: FakeUpstream, id: string): unknown => [
    openaiCompatible,
    { baseUrl: `${of.url}/v1`, apiKey: `key-of-${id}` },
    { id },
  ];
  const gateway = await serveGateway({
    plugins: [
      [openai, { apiKey: 'x' }],
      [anthropic, { apiKey: 'x' }],
      provider(upstream, 'a'),
      provider(second, 'b'),
      [store.plugin],
      [admits],
      ...before,
      [rateLimit, options as Partial<RateLimitOptions>],
      ...plugins,
    ] as never,
    models: { m: ['a/real', 'b/real'], 'only-a': ['a/real'], 'only-b': ['b/real'] },
    ...(wanted.limits === undefined ? {} : { limits: wanted.limits }),
  });
  return {
    gateway,
    upstream,
    second,
    store,
    chat: (fields = {}, { who = 'ann', signal, model = 'm' } = {}) =>
      ask(`${gateway.url}/v1/chat/completions`, {
        headers: { authorization: `Bearer ${who}` },
        body: { model, messages: [{ role: 'user', content: 'Say hello.' }], ...fields },
        ...(signal === undefined ? {} : { signal }),
      }),
    messages: (fields = {}) =>
      ask(`${gateway.url}/v1/messages`, {
        headers: { 'x-api-key': 'ann', 'anthropic-version': '2023-06-01' },
        body: { model: 'm', max_tokens: 10, messages: [{ role: 'user', content: 'Say hello.' }], ...fields },
      }),
    settled: async (count) => {
      while (gateway.settled.length < count) await new Promise((resolve) => setTimeout(resolve, 5));
      return gateway.settled;
    },
    [Symbol.asyncDispose]: async () => {
      await gateway.close();
      await upstream.close();
      await second.close();
    },
  };
}
