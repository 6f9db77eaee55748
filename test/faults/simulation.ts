import { mock } from 'node:test';
import {
  type Attempt,
  type ChatEvent,
  collectBytes,
  coreErrors,
  createGateway,
  definePlugin,
  type LiveGateway,
  type Plugin,
  type Reply,
  upstreamFailed,
} from '@tapgate/core';
import { createFailover } from '@tapgate/failover';
import { openaiChat } from '@tapgate/openai';
import { pino } from 'pino';
import { type Mood, type Outage, type Sample, type Span, tally, type Tally } from './outage.ts';
import { pieces, text } from './tongues.ts';

/** When the first token comes, and how long the answer takes in all, milliseconds. */
const firstMs = 200;
const totalMs = 500;

/** Two minutes and more of traffic, with the plugin's own numbers: the outage lasts forty seconds. */
export const simulated: Span = { fromMs: 10_000, untilMs: 50_000, endMs: 90_000 };

/**
 * Plays an outage under a clock of its own: timers and dates are the test's, so that minutes pass in seconds, and every run is
 * the same. Gateway, plugin and hooks are the real ones; only the sockets are left out.
 */
export async function simulate(outage: Outage, rate: number, span: Span = simulated): Promise<Tally> {
  mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'], now: 1_700_000_000_000 });
  const start = Date.now();
  const sinceStart = (): number => Date.now() - start;
  const calls = { sick: 0 };
  const moodNow = (): Mood => {
    const since = sinceStart() - span.fromMs;
    return since >= 0 && sinceStart() < span.untilMs ? outage.mood(since) : 'well';
  };
  const gateway = gatewayWith(outage, (attempt) => {
    const mood = attempt.target.provider === 'a' ? moodNow() : 'well';
    if (mood !== 'well') calls.sick += 1;
    return answer(attempt, mood, () => attempt.target.provider === 'a' && moodNow() === 'crashes');
  });
  const samples: Sample[] = [];
  const open = new Set<Promise<unknown>>();
  const stepMs = 1000 / rate;
  for (let request = 0; request * stepMs < span.endMs; request += 1) {
    const atMs = sinceStart();
    const asked = one(gateway, atMs, sinceStart).then((sample) => samples.push(sample));
    open.add(asked);
    void asked.finally(() => open.delete(asked));
    await pass(request * stepMs + stepMs - sinceStart());
  }
  while (open.size > 0) await pass(50);
  await gateway.close();
  mock.timers.reset();
  return tally(samples, span, 'a', calls.sick);
}

/** Lets time pass, and everything happen that comes of it. */
async function pass(ms: number): Promise<void> {
  mock.timers.tick(Math.max(1, Math.round(ms)));
  await new Promise((resolve) => setImmediate(resolve));
}

async function one(gateway: LiveGateway, atMs: number, sinceStart: () => number): Promise<Sample> {
  const body = Buffer.from('{"model":"m","stream":true,"messages":[{"role":"user","content":"Hello"}]}');
  const reply = await gateway.handle({ dialect: 'openai-chat', path: '/v1/chat/completions', body });
  const said = await collectBytes(reply.bytes).then(
    (bytes) => Buffer.from(bytes).toString(),
    () => '',
  );
  const { outcome } = await reply.settled;
  const heard = [...said.matchAll(/"content":"([^"]*)"/g)].map(([, piece]) => piece).join('');
  return {
    atMs,
    tookMs: sinceStart() - atMs,
    whole: reply.status === 200 && outcome === 'ok' && heard === text,
    servedBy: reply.headers.get('x-tapgate-provider') ?? '',
  };
}

function gatewayWith(outage: Outage, call: (attempt: Attempt) => Promise<Reply>): LiveGateway {
  const targets = ['a', 'b'].map((provider) => ({ provider, model: 'same' }));
  const gateway = createGateway(
    { models: { m: { targets, unsupported: 'refuse' } } },
    { log: pino({ level: 'silent' }) },
  );
  const providers: Plugin = definePlugin({
    name: 'providers',
    apiVersion: 1,
    schema: { type: 'object' },
    apply(to) {
      to.dialect(openaiChat);
      for (const { provider } of targets)
        to.provider({ name: provider, dialects: [], credentials: [], capabilities: () => ({}), call });
    },
  });
  // Dice that fall the same way in every run.
  let dice = 0;
  const random = (): number => (dice = (dice + 0.618_034) % 1);
  gateway.use(providers, {});
  gateway.use(createFailover({ now: Date.now, random }), { ...outage.failover });
  return gateway;
}

async function answer(attempt: Attempt, mood: Mood, hasCrashed: () => boolean): Promise<Reply> {
  const provider = attempt.target.provider;
  if (mood === 'refuses' || mood === 'crashes') {
    await after(1, attempt.signal);
    throw coreErrors.UPSTREAM_UNREACHABLE({ provider, reason: 'it refuses connections' });
  }
  if (mood === 'throttles') {
    await after(5, attempt.signal);
    throw upstreamFailed(provider, { kind: 'rate-limit', status: 429, message: 'Slow down.', retryAfterMs: 5000 });
  }
  if (mood === 'silent') await after(10_000_000, attempt.signal);
  const pace = mood === 'slow' ? 10 : 1;
  await after(firstMs * pace, attempt.signal);
  if (hasCrashed()) throw coreErrors.UPSTREAM_RESET({ provider });
  const breaks = (at: number): boolean => hasCrashed() || (mood === 'cuts' && at === pieces.length / 2);
  return { events: told(attempt, breaks, ((totalMs - firstMs) * pace) / pieces.length) };
}

async function* told(attempt: Attempt, breaks: (at: number) => boolean, paceMs: number): AsyncGenerator<ChatEvent> {
  yield { type: 'part-start', part: 't', choice: 0, kind: 'text' };
  for (const [at, piece] of pieces.entries()) {
    if (breaks(at)) {
      const { provider } = attempt.target;
      yield { type: 'error', error: coreErrors.UPSTREAM_TRUNCATED({ provider }) };
      return;
    }
    yield { type: 'part-delta', part: 't', text: piece };
    await after(paceMs, attempt.signal);
  }
  yield { type: 'part-end', part: 't' };
  yield { type: 'finish', choice: 0, reason: 'stop' };
}

/** Waits, or ends with the attempt. */
function after(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        reject(new Error('The attempt is over.'));
      },
      { once: true },
    );
  });
}
