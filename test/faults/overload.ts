import { once } from 'node:events';
import { Agent, type IncomingMessage, request as httpRequest } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { createGateway } from '@tapgate/core';
import loadShedding, { createLoadShedding, type Vitals } from '@tapgate/load-shedding';
import openai from '@tapgate/openai';
import queue from '@tapgate/queue';
import {
  fakeUpstream,
  type PluginUse,
  type Script,
  serveGateway,
  type ServedGateway,
  sseText,
  step,
} from '@tapgate/test-kit';
import { pino } from 'pino';
import { tongues } from './tongues.ts';

/** What an upstream can do: answers at a time, and how long one takes to its first token and to its last, milliseconds. */
const places = 20;
const firstMs = 200;
const answerMs = 1000;
/** Answers a second that it can give at the most. */
export const capacity: number = (places * 1000) / answerMs;
/** So long a client waits for the first token, milliseconds. */
const patienceMs = 1500;

/** Left out of what is counted, milliseconds. */
const comingMs = 3000;

/** What stands between the crowd and the upstream. */
export type Guard = 'nothing' | 'load-shedding' | 'load-shedding and queue';

/** What a crowd got. */
export interface Crowd {
  /** Of its requests, by how many times the capacity it was. */
  readonly times: number;
  readonly requests: number;
  /** Whole answers a second that began in time. */
  readonly goodput: number;
  readonly refused: number;
  readonly left: number;
  /** Of those that were answered, from the request to the first token, milliseconds. */
  readonly firstMs: Quantiles;
  /** Of those that were refused, from the request to the refusal's end, milliseconds. */
  readonly refusedMs: Quantiles;
  /** The same as the gateway saw it: from the head's arrival until nothing was left to do. */
  readonly refusedWithinMs: Quantiles;
}

/** The middle, and what all but one in a hundred take. */
export interface Quantiles {
  readonly p50: number;
  readonly p99: number;
}

interface Sample {
  /** When it was over, milliseconds since the crowd began to come. */
  readonly overMs: number;
  readonly what: 'good' | 'refused' | 'left';
  readonly tookMs: number;
}

/** Crowds one after the other over real sockets, each so many times what the upstream can do, for so many seconds. */
export async function playCrowds(
  guard: Guard,
  crowds: readonly (readonly [times: number, seconds: number])[],
): Promise<readonly Crowd[]> {
  const work = new Places();
  await using upstream = await fakeUpstream(() => work.answer());
  const guards: readonly PluginUse[] =
    guard === 'nothing'
      ? []
      : guard === 'load-shedding'
        ? [[loadShedding, {}]]
        : [
            [loadShedding, {}],
            [queue, { maxWaitMs: 200 }],
          ];
  await using served = await serveGateway({
    plugins: [...guards, [openai, { baseUrl: `${upstream.url}/v1`, apiKey: 'key' }]],
    models: { m: ['openai/same'] },
  });
  const agent = new Agent({ keepAlive: true });
  const told: Crowd[] = [];
  // The first calls of a process are slow, whatever it does.
  await play(served, agent, 0.5, 3);
  for (const [times, seconds] of crowds) told.push(await play(served, agent, times, seconds));
  agent.destroy();
  return told;
}

async function play(served: ServedGateway, agent: Agent, times: number, seconds: number): Promise<Crowd> {
  const before = served.settled.length;
  const start = performance.now();
  const samples: Sample[] = [];
  const open = new Set<Promise<unknown>>();
  const sinceStart = (): number => performance.now() - start;
  for (let sent = 0; sinceStart() < seconds * 1000;) {
    for (; sent < (sinceStart() / 1000) * capacity * times; sent += 1) {
      const asked = one(served.url, agent, sinceStart).then((sample) => samples.push(sample));
      open.add(asked);
      void asked.finally(() => open.delete(asked));
    }
    await wait(2);
  }
  await Promise.all(open);
  // The first seconds are the crowd’s coming, not its being there.
  const settled = samples.filter(({ overMs }) => overMs >= comingMs && overMs < seconds * 1000);
  const refusals = served.settled.slice(before).filter(({ settlement }) => settlement.outcome === 'refused');
  const of = (what: Sample['what']): readonly Sample[] => settled.filter((sample) => sample.what === what);
  return {
    times,
    requests: samples.length,
    goodput: of('good').length / (seconds - comingMs / 1000),
    refused: of('refused').length,
    left: of('left').length,
    firstMs: quantiles(of('good').map(({ tookMs }) => tookMs)),
    refusedMs: quantiles(of('refused').map(({ tookMs }) => tookMs)),
    refusedWithinMs: quantiles(refusals.map(({ settlement, exchange }) => settlement.endedAt - exchange.startedAt)),
  };
}

function quantiles(values: readonly number[]): Quantiles {
  const sorted = values.toSorted((smaller, larger) => smaller - larger);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { p50: at(0.5), p99: at(0.99) };
}

const ask = '{"model":"m","stream":true,"messages":[{"role":"user","content":"Hello"}]}';

/** One client: it leaves when its first token does not come in time. */
async function one(url: string, agent: Agent, sinceStart: () => number): Promise<Sample> {
  const atMs = sinceStart();
  const asking = httpRequest(`${url}/v1/chat/completions`, {
    method: 'POST',
    agent,
    headers: { 'content-type': 'application/json' },
  });
  const leaving = setTimeout(() => asking.destroy(), patienceMs);
  asking.on('error', () => {});
  asking.end(ask);
  let said = '';
  let heardMs = 0;
  try {
    const [response] = (await once(asking, 'response')) as [IncomingMessage];
    response.setEncoding('utf8');
    for await (const chunk of response) {
      said += String(chunk);
      if (heardMs === 0 && (said.includes('"content":"') || response.statusCode !== 200)) {
        heardMs = sinceStart() - atMs;
        clearTimeout(leaving);
      }
    }
    if (response.statusCode !== 200) return { overMs: sinceStart(), what: 'refused', tookMs: sinceStart() - atMs };
  } catch {
    // It left, or its answer broke off.
  } finally {
    clearTimeout(leaving);
  }
  return { overMs: sinceStart(), what: said.includes('[DONE]') ? 'good' : 'left', tookMs: heardMs };
}

/** An upstream's places: first come, first served, and who has left is worked for all the same. */
class Places {
  #working = 0;
  readonly #line: (() => void)[] = [];

  async answer(): Promise<Script> {
    if (this.#working >= places) await new Promise<void>((resolve) => this.#line.push(resolve));
    this.#working += 1;
    setTimeout(() => {
      this.#working -= 1;
      this.#line.shift()?.();
    }, answerMs);
    return script;
  }
}

const [chat] = tongues;
const beginning = chat === undefined ? [] : [...chat.stream.beginning, ...chat.stream.content.slice(0, 1)];
const rest = chat === undefined ? [] : [...chat.stream.content.slice(1), ...chat.stream.ending];
const script: Script = [
  step.head(200, { 'content-type': 'text/event-stream' }),
  step.sleep(firstMs),
  step.write(sseText(beginning)),
  step.sleep(answerMs - firstMs),
  step.write(sseText(rest)),
];

/** What one refusal costs when nothing more can be borne: a request of 8 KiB, without a socket. */
export async function refusalCost(requests = 20_000): Promise<{ readonly requests: number; readonly usEach: number }> {
  const end: Vitals = { heap: () => 1, memory: () => 0, loopDelayMs: () => 0, open: () => {}, close: () => {} };
  const gateway = createGateway({}, { log: pino({ level: 'silent' }) });
  gateway
    .use(
      createLoadShedding(() => end),
      {},
    )
    .use(openai, { apiKey: 'key' });
  await gateway.ready();
  const content = 'x'.repeat(8192);
  const body = Buffer.from(JSON.stringify({ model: 'm', stream: true, messages: [{ role: 'user', content }] }));
  const refuse = async (): Promise<number> => {
    const { status, settled } = await gateway.handle({ dialect: 'openai-chat', path: '/v1/chat/completions', body });
    await settled;
    return status;
  };
  while ((await refuse()) !== 503) await wait(50);
  for (let warm = 0; warm < 2000; warm += 1) await refuse();
  const before = process.cpuUsage();
  for (let request = 0; request < requests; request += 1) await refuse();
  const { user, system } = process.cpuUsage(before);
  await gateway.close();
  return { requests, usEach: (user + system) / requests };
}
