import { type Exchange, type Gateway, jsonReply, stage, type Target } from '@tapgate/core';
import type { LoadSheddingOptions } from './options.ts';
import { Places } from './places.ts';
import { Traffic } from './traffic.ts';

const name = 'load-shedding';

/** Keeps what is under way at each target within what it can bear: who is full is left out, and where all are, requests wait or are refused. */
export function tapTargets(gateway: Gateway, options: LoadSheddingOptions): void {
  const traffic = gateway.share('load-shedding:traffic', () => new Traffic());
  const places = new Places(gateway, traffic, options);
  // A tap may give a promise, whatever it is called; most of the time this one has none to give.
  const choose = (targets: readonly Target[], exchange: Exchange): readonly Target[] =>
    places.choose(targets, exchange) as readonly Target[];
  gateway.hooks.selectProvider.tap({ name, stage: stage.filter, failure: 'open' }, choose);
  gateway.wrap({ name, stage: stage.observe }, (provider) => ({
    ...provider,
    call: (attempt) => places.call(provider, attempt),
  }));
  gateway.route('GET', '/load-shedding/targets', () => jsonReply(200, { targets: traffic.standings() }), {
    admin: true,
  });
}
