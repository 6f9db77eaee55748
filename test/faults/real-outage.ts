import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import failover from '@tapgate/failover';
import openai from '@tapgate/openai';
import { fakeUpstream, reply, type Script, serveGateway, sseText, step } from '@tapgate/test-kit';
import { type Mood, type Outage, type Sample, type Span, tally, type Tally } from './outage.ts';
import { text, tongues } from './tongues.ts';

/** When the first token comes, and the pause between two of its events, milliseconds. */
const firstMs = 20;
const paceMs = 5;

/** How an outage is played for real. */
export interface Play {
  /** Requests a second. */
  readonly rate: number;
  readonly span: Span;
  /** Options of the failover plugin beside those of the outage. */
  readonly failover: Readonly<Record<string, unknown>>;
}

/** Plays an outage over real sockets: two upstreams, the gateway, and clients that come at an even rate, all in this process. */
export async function playReal(outage: Outage, { rate, span, failover: options }: Play): Promise<Tally> {
  const start = performance.now();
  const sinceStart = (): number => performance.now() - start;
  const calls = { sick: 0 };
  const moodNow = (): Mood => {
    const at = sinceStart();
    return at >= span.fromMs && at < span.untilMs ? outage.mood(at - span.fromMs) : 'well';
  };
  await using sick = await fakeUpstream(() => {
    const mood = moodNow();
    if (mood !== 'well') calls.sick += 1;
    return scriptOf(mood);
  });
  await using healthy = await fakeUpstream(scriptOf('well'));
  const provider = (url: string, id: string) => [openai, { baseUrl: `${url}/v1`, apiKey: 'key' }, { id }] as const;
  await using served = await serveGateway({
    plugins: [provider(sick.url, 'a'), provider(healthy.url, 'b'), [failover, { ...options, ...outage.failover }]],
    models: { m: ['a/same', 'b/same'] },
  });
  const agent = new Agent({ keepAlive: true });
  const samples: Sample[] = [];
  const open = new Set<Promise<unknown>>();
  for (let sent = 0; sinceStart() < span.endMs;) {
    for (; sent < (sinceStart() / 1000) * rate; sent += 1) {
      const asked = one(served.url, agent, sinceStart).then((sample) => samples.push(sample));
      open.add(asked);
      void asked.finally(() => open.delete(asked));
    }
    await wait(2);
  }
  await Promise.all(open);
  agent.destroy();
  return tally(samples, span, 'a', calls.sick);
}

async function one(url: string, agent: Agent, sinceStart: () => number): Promise<Sample> {
  const atMs = sinceStart();
  const asking = request(`${url}/v1/chat/completions`, {
    method: 'POST',
    agent,
    headers: { 'content-type': 'application/json' },
  });
  asking.end('{"model":"m","stream":true,"messages":[{"role":"user","content":"Hello"}]}');
  let said = '';
  let status = 0;
  let servedBy = '';
  try {
    const [response] = (await once(asking, 'response')) as [import('node:http').IncomingMessage];
    status = response.statusCode ?? 0;
    servedBy = String(response.headers['x-tapgate-provider'] ?? '');
    response.setEncoding('utf8');
    for await (const chunk of response) said += String(chunk);
  } catch {
    // What did not come whole is told below.
  }
  const heard = [...said.matchAll(/"content":"([^"]*)"/g)].map(([, piece]) => piece).join('');
  const whole = status === 200 && heard === text && said.includes('[DONE]');
  return { atMs, tookMs: sinceStart() - atMs, whole, servedBy };
}

function scriptOf(mood: Mood): Script {
  if (mood === 'refuses' || mood === 'crashes') return reply.hangUp('reset');
  if (mood === 'silent') return reply.stall();
  if (mood === 'throttles')
    return reply.json(429, { error: { message: 'Slow down.', type: 'rate_limit_error' } }, { 'retry-after': '2' });
  return mood === 'cuts' ? cut : mood === 'slow' ? streams.slow : streams.well;
}

const [chat] = tongues;
const frames = chat === undefined ? [] : [...chat.stream.beginning, ...chat.stream.content, ...chat.stream.ending];
const paced = (pace: number): Script => [
  step.head(200, { 'content-type': 'text/event-stream' }),
  step.sleep(firstMs * pace),
  ...frames.flatMap((frame) => [step.write(sseText([frame])), step.sleep(paceMs * pace)]),
];
const streams = { well: paced(1), slow: paced(10) };
/** The head, the beginning, and half of the content. */
const cut: Script = [...streams.well.slice(0, 2 + 2 * 4), step.reset()];
