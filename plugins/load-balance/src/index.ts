import {
  type AttemptRecord,
  type Catalogue,
  definePlugin,
  type Exchange,
  type Plugin,
  stage,
  type Target,
  type Usage,
} from '@tapgate/core';
import { Affinity, type AffinityBy, conversationOf } from './affinity.ts';
import { byKey, cheapest, inTurn, leastBusy, soonest, weighted } from './orders.ts';
import { Traffic } from './traffic.ts';

/** How requests are spread. */
export type Strategy = 'weighted' | 'round-robin' | 'least-busy' | 'latency' | 'cost' | 'hash';

/** Options of the plugin `load-balance`. */
export interface LoadBalanceOptions {
  readonly strategy: Strategy;
  readonly affinity: { readonly by: AffinityBy; readonly ttlMs: number };
}

declare module '@tapgate/core' {
  interface PluginOptions {
    'load-balance': {
      readonly strategy?: Strategy;
      readonly affinity?: { readonly by?: AffinityBy; readonly ttlMs?: number };
    };
  }
}

/** A failed attempt counts as one that took this long to begin, so that `latency` leaves a target that fails fast. */
const failedMs = 10_000;

/** What a usual request costs at a target, to compare prices by: three tokens read for each that is written. */
const usual: Usage = { input: 3000, cacheRead: 0, cacheWrite: 0, output: 1000, reasoning: 0, estimated: true };

/** Orders the targets of a model. The others stay behind the first, for whoever fails over. */
const loadBalance: Plugin<LoadBalanceOptions> = definePlugin<LoadBalanceOptions>({
  name: 'load-balance',
  apiVersion: 1,
  exclusive: true,
  schema: {
    type: 'object',
    properties: {
      strategy: {
        type: 'string',
        enum: ['weighted', 'round-robin', 'least-busy', 'latency', 'cost', 'hash'],
        default: 'weighted',
        description:
          'weighted: at random by the targets’ weights. round-robin: one after the other. least-busy: the fewest requests under way, for its weight. latency: of two drawn at random the one that begins to answer sooner. cost: the cheapest by the catalogue. hash: by session, else by caller.',
      },
      affinity: {
        type: 'object',
        default: {},
        description: 'Keeps a conversation with one target, so that its provider’s prompt cache is used.',
        properties: {
          by: {
            type: 'string',
            enum: ['session', 'prompt', 'off'],
            default: 'session',
            description:
              'session: the session header or cache key that the client names. prompt: that, or else its first messages, which must be read for it. off: no affinity.',
          },
          ttlMs: {
            type: 'integer',
            minimum: 1000,
            default: 3_600_000,
            description:
              'How long a conversation stays with its target after its last answer, milliseconds. At least as long as providers keep prompts.',
          },
        },
        additionalProperties: false,
      },
    },
    additionalProperties: false,
  },
  apply(gateway, { strategy, affinity }, { id }) {
    const traffic = gateway.share('load-balance:traffic', () => new Traffic());
    const pins = gateway.share(`load-balance:affinity:${id}`, () => new Affinity(affinity.ttlMs));
    const order = orderOf(strategy, traffic, () => gateway.service('catalogue'));
    const name = 'load-balance';

    gateway.hooks.selectProvider.tap({ name, stage: stage.order }, (targets, exchange) => {
      if (targets.length < 2) return targets;
      const key = conversationOf(exchange, affinity.by);
      return key === undefined ? order(targets, exchange) : pins.order(key, targets);
    });

    gateway.wrap({ name, stage: stage.observe }, (provider) => ({
      ...provider,
      call: (attempt) => {
        const { target } = attempt;
        traffic.begin(target);
        void attempt.ended().then((record) => note(traffic, record, strategy === 'latency'));
        return provider.call(attempt);
      },
    }));

    gateway.hooks.afterResponse.tap({ name, stage: stage.observe }, ({ servedBy, outcome }, exchange) => {
      if (servedBy === undefined || outcome !== 'ok' || exchange.targets.length < 2) return;
      const key = conversationOf(exchange, affinity.by);
      if (key !== undefined) pins.pin(key, servedBy);
    });
  },
});

export default loadBalance;

/** An attempt is over: its place is free, and how fast it began is known. A failure that was the caller's says nothing. */
function note(traffic: Traffic, record: AttemptRecord, measured: boolean): void {
  const { target, firstEventAt, startedAt, result, failure } = record;
  traffic.end(target);
  if (!measured) return;
  if (firstEventAt !== undefined) traffic.measure(target, firstEventAt - startedAt);
  else if (result === 'failed' && failure !== 'caller') traffic.measure(target, failedMs);
}

function orderOf(
  strategy: Strategy,
  traffic: Traffic,
  catalogue: () => Catalogue | undefined,
): (targets: readonly Target[], exchange: Exchange) => readonly Target[] {
  let turn = 0;
  switch (strategy) {
    case 'weighted':
      return (targets) => weighted(targets, Math.random);
    case 'round-robin':
      return (targets) => inTurn(targets, turn++);
    case 'least-busy':
      return (targets) => leastBusy(targets, traffic, Math.random);
    case 'latency':
      return (targets) => soonest(targets, traffic, Math.random);
    case 'cost':
      return (targets) => cheapest(targets, (target) => catalogue()?.cost(target, usual) ?? null);
    case 'hash':
      return (targets, exchange) => byKey(targets, exchange.session ?? exchange.caller.id);
  }
}
