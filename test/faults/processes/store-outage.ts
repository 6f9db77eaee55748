import { setTimeout as wait } from 'node:timers/promises';
import { fakeUpstream } from '@tapgate/test-kit';
import { type OwnServer, ownServer } from '../../../plugins/redis/src/own-server.test.ts';
import { chat, good } from './chat.ts';
import { type GatewayProcess, gatewayProcess } from './gateway-process.ts';

/** Models by what follows when the store is away: `hard` is closed then, `soft` is open, `free` asks no store. */
export const models = ['hard', 'soft', 'free'] as const;
/** One of them. */
export type Model = (typeof models)[number];

/** What is done to the server, one after the other. */
export const phases = ['well', 'frozen', 'well again', 'killed', 'there again'] as const;
/** One of them. */
export type Phase = (typeof phases)[number];

/** One request, from the client's side. */
export interface Sample {
  readonly phase: Phase;
  /** Since the phase began, milliseconds. */
  readonly atMs: number;
  readonly model: Model;
  readonly status: number;
  readonly tookMs: number;
}

/** What an outage was like. */
export interface StoreOutage {
  readonly samples: readonly Sample[];
  /** Processes that ended meanwhile. */
  readonly ended: number;
  /** What the gateways logged of the store. */
  readonly said: readonly string[];
}

/** How an outage is played. */
export interface Play {
  /** Requests a second for each model. */
  readonly rate: number;
  readonly phaseMs: number;
  readonly env?: Readonly<Record<string, string>>;
}

const upstreamMs = 20;

/** Plays it under load: two gateways, one server that is frozen, and thawed, and killed, and started anew. */
export async function playStoreOutage({ rate, phaseMs, env = {} }: Play): Promise<StoreOutage> {
  await using server = await ownServer();
  await using upstream = await fakeUpstream(good(upstreamMs));
  await using stack = new AsyncDisposableStack();
  const whole = { REDIS_URL: server.url, FIRST_URL: upstream.url, ...env };
  const gateways = (await Promise.all([gatewayProcess(whole), gatewayProcess(whole)])).map((one) => stack.use(one));
  // What is compiled on the way of the first is not the outage's.
  for (const model of models) await Promise.all(Array.from({ length: 40 }, (_, at) => ask(gateways, at, model)));
  const samples: Sample[] = [];
  for (const phase of phases) {
    await enter(phase, server);
    samples.push(...(await load(gateways, phase, rate, phaseMs)));
  }
  const said = gateways.flatMap(({ log }) =>
    log.map(({ msg }) => String(msg)).filter((msg) => msg.startsWith('redis')),
  );
  return { samples, ended: gateways.filter(({ log, pid }) => !alive(pid) || log.length === 0).length, said };
}

function enter(phase: Phase, server: OwnServer): Promise<void> | void {
  if (phase === 'frozen') server.freeze();
  else if (phase === 'well again') server.thaw();
  else if (phase === 'killed') return server.kill();
  else if (phase === 'there again') return server.start();
}

function ask(gateways: readonly GatewayProcess[], at: number, model: Model): ReturnType<typeof chat> {
  return chat(gateways[at % gateways.length]?.url ?? '', model);
}

/** Clients that come at an even rate, whatever becomes of those before them. */
async function load(
  gateways: readonly GatewayProcess[],
  phase: Phase,
  rate: number,
  phaseMs: number,
): Promise<Sample[]> {
  const samples: Sample[] = [];
  const open: Promise<unknown>[] = [];
  const start = performance.now();
  for (let sent = 0, now = 0; now < phaseMs; now = performance.now() - start) {
    for (; sent < (now / 1000) * rate * models.length; sent += 1) {
      const model = models[sent % models.length] ?? 'free';
      const begun = performance.now();
      const asked = ask(gateways, Math.floor(sent / models.length), model).then(({ status }) =>
        samples.push({ phase, atMs: begun - start, model, status, tookMs: performance.now() - begun }),
      );
      open.push(asked);
    }
    await wait(2);
  }
  await Promise.all(open);
  return samples;
}

function alive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** From the phase's beginning until the last request of the model that was not served. */
export function backAfterMs(samples: readonly Sample[], phase: Phase, model: Model): number {
  const failed = samples.filter((one) => one.phase === phase && one.model === model && one.status !== 200);
  return failed.reduce((last, { atMs }) => Math.max(last, atMs), 0);
}

/** The part of a list of numbers that is no larger. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}
