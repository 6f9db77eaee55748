import anthropic, { anthropicMessages } from '@tapgate/anthropic';
import { definePlugin, type Plugin } from '@tapgate/core';
import failover from '@tapgate/failover';
import google, { googleGenerate } from '@tapgate/google';
import openai, { openaiChat, openaiResponses } from '@tapgate/openai';
import { fakeUpstream, type FakeUpstream, type PluginUse, serveGateway, type ServedGateway } from '@tapgate/test-kit';
import { answering } from './behaviour.ts';
import type { FaultCase } from './fault-case.ts';

/** Whether the targets speak the client's own dialect, or one that must be translated. */
export type Lane = 'native' | 'translated';

/** What one case is played on. */
export interface Stage extends AsyncDisposable {
  readonly served: ServedGateway;
  readonly upstreams: ReadonlyMap<string, FakeUpstream>;
}

/** Each dialect's provider, and where its API begins. */
export const makers: Readonly<Record<string, { readonly plugin: Plugin<never>; readonly base: string }>> = {
  'openai-chat': { plugin: openai, base: '/v1' },
  'openai-responses': { plugin: openai, base: '/v1' },
  'anthropic-messages': { plugin: anthropic, base: '' },
  'google-generate': { plugin: google, base: '/v1beta' },
};

/** Whom a client of a dialect is translated for. */
const foreign: Readonly<Record<string, string>> = {
  'openai-chat': 'anthropic-messages',
  'openai-responses': 'anthropic-messages',
  'anthropic-messages': 'openai-chat',
  'google-generate': 'openai-chat',
};

/** Port 9 of the loopback: nobody listens there. */
const closed = 'http://127.0.0.1:9';

/** Sets a case up: an upstream for each target with a key and a model of its own, and the gateway before them. */
export async function setUp(
  one: Pick<FaultCase, 'upstreams' | 'failover' | 'limits' | 'timeouts'>,
  dialect: string,
  lane: Lane,
  policy: Plugin<never> = failover,
): Promise<Stage> {
  const maker = makers[lane === 'native' ? dialect : (foreign[dialect] ?? dialect)];
  if (maker === undefined) throw new Error(`Nobody provides ${dialect}.`);
  const upstreams = new Map<string, FakeUpstream>();
  const providers: PluginUse[] = [];
  for (const [name, behaviours] of Object.entries(one.upstreams)) {
    const upstream = behaviours === 'closed' ? undefined : await fakeUpstream(answering(behaviours));
    if (upstream !== undefined) upstreams.set(name, upstream);
    const baseUrl = (upstream?.url ?? closed) + maker.base;
    providers.push([maker.plugin, { baseUrl, apiKey: keyOf(name) }, { id: name }]);
  }
  const served = await serveGateway({
    plugins: [languages, ...providers, [policy, { retry: { baseMs: 1, maxMs: 5 }, ...one.failover }]],
    models: { m: Object.keys(one.upstreams).map((name) => `${name}/model-of-${name}`) },
    limits: { deadlineMs: 8000, ...one.limits },
    upstream: { maxReplyBytes: 1024 * 1024, timeouts: { connectMs: 2000, ...one.timeouts } },
  });
  return {
    served,
    upstreams,
    [Symbol.asyncDispose]: async () => {
      await served.close();
      for (const upstream of upstreams.values()) await upstream.close();
    },
  };
}

/** All dialects, whoever answers. */
export const languages: Plugin<never> = definePlugin({
  name: 'languages',
  apiVersion: 1,
  schema: { type: 'object' },
  apply(gateway) {
    for (const dialect of [openaiChat, openaiResponses, anthropicMessages, googleGenerate]) gateway.dialect(dialect);
  },
});

/** The credential of a target, which no other target may ever see. */
export function keyOf(target: string): string {
  return `the-secret-of-${target}`;
}
