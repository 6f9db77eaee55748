import { setTimeout as wait } from 'node:timers/promises';
import {
  type ChatEvent,
  coreErrors,
  definePlugin,
  type GatewayError,
  type Plugin,
  type Provider,
  type Reply,
  upstreamFailed,
} from '@tapgate/core';
import { breakage, refusal, refusalNames } from './failures.ts';
import { writeAnswer } from './write-answer.ts';

/** Options of the plugin `echo`. */
export interface EchoOptions {
  readonly paceMs: number;
  readonly seed: number;
}

declare module '@tapgate/core' {
  interface PluginOptions {
    echo: Partial<EchoOptions>;
  }
}

/** Model names that answer, or that fail while they do. */
const names = [
  'echo',
  'tools',
  'json',
  'reasoning',
  'length',
  'slow',
  'stall',
  'cut',
  'error',
  'garbage',
  ...refusalNames,
];

const slowMs = 3000;

/** A provider inside the gateway: it needs no key, says back what it is told, and fails in every way by model name. */
const echo: Plugin<EchoOptions> = definePlugin<EchoOptions>({
  name: 'echo',
  apiVersion: 1,
  schema: {
    type: 'object',
    properties: {
      paceMs: {
        type: 'number',
        minimum: 0,
        maximum: 60_000,
        default: 15,
        description: 'Milliseconds between two tokens of a stream.',
      },
      seed: { type: 'integer', default: 1, description: 'The same seed gives the same answer to the same request.' },
    },
    additionalProperties: false,
  },
  apply(gateway, options, { id }) {
    gateway.provider(echoProvider(id, options));
  },
});

export default echo;

function echoProvider(name: string, { paceMs, seed }: EchoOptions): Provider {
  return {
    name,
    dialects: [],
    credentials: [],
    takesBareNames: false,
    capabilities: () => ({}),
    async call(attempt): Promise<Reply> {
      const { model } = attempt.target;
      const { request } = attempt;
      if (!names.includes(model) || request === undefined)
        throw coreErrors.MODEL_UNKNOWN({ model: `${name}/${model}`, hint: ` It has ${names.join(', ')}.` });
      if (model === 'slow') await sleep(slowMs, attempt.signal);
      if (model === 'stall') await sleep(Number.POSITIVE_INFINITY, attempt.signal);
      const said = refusal(model);
      if (said !== undefined) throw upstreamFailed(name, said);
      const events = writeAnswer(request, model, seed);
      const broken = breakage(model, name);
      const told = broken === undefined ? events : brokenIn(events, broken);
      return { events: attempt.streamed && paceMs > 0 ? paced(told, paceMs, attempt.signal) : told };
    },
  };
}

/** The first half of an answer, and then its failure. */
function brokenIn(events: readonly ChatEvent[], error: GatewayError): readonly ChatEvent[] {
  return [...events.slice(0, Math.max(3, Math.ceil(events.length / 2))), { type: 'error', error }];
}

async function* paced(events: readonly ChatEvent[], paceMs: number, signal: AbortSignal): AsyncGenerator<ChatEvent> {
  for (const event of events) {
    if (event.type === 'part-delta') await sleep(paceMs, signal);
    yield event;
  }
}

/** Rejects at once when the attempt is over. */
function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (Number.isFinite(milliseconds)) return wait(milliseconds, undefined, { signal });
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error('The attempt is over.')), { once: true });
  });
}
