import {
  definePlugin,
  type Exchange,
  jsonReply,
  type Plugin,
  priorities,
  priorityOf,
  type Queue,
  stage,
} from '@tapgate/core';
import { limitConcurrency } from './concurrency.ts';
import { FairQueue, type QueueRules } from './fair-queue.ts';
import { type QueueOptions, schema } from './options.ts';

declare module '@tapgate/core' {
  interface PluginOptions {
    queue: Partial<QueueOptions>;
  }
}

const name = 'queue';

/** Lets requests wait for their turn instead of refusing them: in order of priority, fair among keys, within bounds. */
export const queue: Plugin<QueueOptions> = definePlugin<QueueOptions>({
  name,
  apiVersion: 1,
  schema,
  apply(gateway, options) {
    const fair = gateway.share('queue:lines', () => new FairQueue());
    const rules = rulesOf(options);
    const service: Queue = {
      wait: (exchange, wanted) => fair.wait(exchange, wanted, rules),
      waiting: (resource) => fair.waiting(resource),
      freed: (resource) => fair.freed(resource),
    };
    gateway.provide('queue', service);

    // Who was let go and comes by here has got what it tried for: the next in its line may try.
    const { beforeRoute, selectProvider, afterResponse } = gateway.hooks;
    const went = (exchange: Exchange): void => {
      if (fair.size > 0) fair.went(exchange);
    };
    beforeRoute.tap({ name, stage: stage.guard, failure: 'open' }, went);
    selectProvider.tap({ name, stage: stage.order }, (targets, exchange) => {
      went(exchange);
      return targets;
    });
    gateway.wrap({ name, stage: stage.record, failure: 'open' }, (provider) => ({
      ...provider,
      call: (attempt) => {
        went(attempt.exchange);
        return provider.call(attempt);
      },
    }));
    afterResponse.tap({ name, stage: stage.settle }, (_, exchange) => {
      if (fair.size > 0) fair.settled(exchange);
    });

    limitConcurrency(gateway, service, options.concurrency);
    gateway.route('GET', '/queue/lines', () => jsonReply(200, { lines: fair.standings() }), { admin: true });
  },
});

function rulesOf({ maxWaiting, maxPerKey, maxWaitMs, fairBy, weights, priority }: QueueOptions): QueueRules {
  return {
    maxWaiting,
    maxPerKey,
    maxWaitMs,
    keyOf: ({ caller, address }) => (fairBy === 'address' ? address : fairBy === 'tenant' ? caller.tenant : caller.id),
    rankOf: (exchange) => priorities.indexOf(priorityOf(exchange, priority)),
    weightOf: (key) => (Object.hasOwn(weights, key) ? weights[key] : undefined) ?? 1,
  };
}
