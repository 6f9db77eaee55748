import { fork } from 'node:child_process';
import { once } from 'node:events';
import { bodies } from './bodies.ts';
import { type IdleCost, idleCost } from './idle-streams.ts';
import { put } from './load.ts';
import { installPortkey } from './portkey.ts';
import { type Result, table, trafficName } from './report.ts';
import { type Scenario, scenarios } from './scenarios.ts';
import { start, type Subject } from './subject.ts';

/** CPU and latency of one subject in one scenario, a figure a round. */
interface Figures {
  readonly cpuMicros: number[];
  readonly p50: number[];
  readonly p99: number[];
}

const json = process.argv.includes('--json');
const quick = process.argv.includes('--quick');
const only = process.argv.find((argument) => argument.startsWith('--only='))?.slice('--only='.length);
const withPortkey = process.argv.includes('--portkey');
const rounds = quick ? 3 : 9;
const say = (text: string): void => void process.stderr.write(`${text}\n`);

const upstream = fork(new URL('upstream.ts', import.meta.url), {
  execArgv: ['--conditions=@tapgate/source'],
  stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
});
const [{ port: upstreamPort }] = (await once(upstream, 'message')) as [{ port: number }];
const origin = `http://127.0.0.1:${upstreamPort}`;

const chatPath = '/v1/chat/completions';
const startFloor = (): Promise<Subject> => start('floor', new URL('floor.ts', import.meta.url), [origin], chatPath);
const startTapgate = (name: string, ...args: readonly string[]): Promise<Subject> =>
  start(name, new URL('tapgate.ts', import.meta.url), [origin, ...args], chatPath);

const floor = await startFloor();
const tapgate = await startTapgate('Tapgate');
const laden = [
  await startTapgate('Tapgate, ten empty plugins', '10'),
  await startTapgate('Tapgate, 10,000 models', '0', '10000'),
];
const traffic = await start(trafficName, new URL('traffic.ts', import.meta.url), [origin], chatPath);
const portkey = withPortkey
  ? await installPortkey(origin).catch((error: unknown) => say(`Portkey's gateway is left out: ${String(error)}`))
  : undefined;
const subjects = [floor, tapgate, ...laden, traffic, ...(portkey === undefined ? [] : [portkey])];

const results: Record<string, Record<string, Result>> = {};
const chosen = scenarios.filter((scenario) => only === undefined || scenario.name.includes(only));
for (const scenario of chosen) results[scenario.name] = await measure(scenario);
for (const subject of subjects) subject.stop();
const idle = only === undefined || only === 'idle' ? await idleStreams(quick ? 500 : 2000) : {};
upstream.disconnect();
const startMs = Object.fromEntries(subjects.map((subject) => [subject.name, Math.round(subject.startMs)]));
process.stdout.write(
  json
    ? `${JSON.stringify({ node: process.version, rounds, results, idle, startMs })}\n`
    : table(chosen, results, idle, startMs),
);

/** All subjects in turn, round by round, so that what the machine does meanwhile hits them alike. */
async function measure(scenario: Scenario): Promise<Record<string, Result>> {
  const asked = [
    floor,
    tapgate,
    ...(scenario.laden === true ? laden : []),
    ...(scenario.trafficGoal === undefined ? [] : [traffic]),
    ...(scenario.portkey === true && portkey !== undefined ? [portkey] : []),
  ];
  const figures = new Map<Subject, Figures>(asked.map((subject) => [subject, { cpuMicros: [], p50: [], p99: [] }]));
  const count = quick ? Math.ceil(scenario.count / 3) : scenario.count;
  for (const subject of asked) await ask(scenario, subject, scenario.warmUp);
  for (let round = 1; round <= rounds; round += 1) {
    for (const [subject, kept] of figures) {
      const before = await subject.cpuMicros();
      const took = await ask(scenario, subject, count);
      kept.cpuMicros.push(((await subject.cpuMicros()) - before) / count);
      const ordered = took.toSorted((one, other) => one - other);
      kept.p50.push(ordered[Math.floor(count * 0.5)] ?? 0);
      kept.p99.push(ordered[Math.floor(count * 0.99)] ?? 0);
    }
    say(`${scenario.name}: round ${round} of ${rounds}`);
  }
  return summed(figures);
}

/** The floor knows one path and no other dialect. */
function ask({ body, path, concurrency }: Scenario, subject: Subject, count: number): Promise<readonly number[]> {
  const isFloor = subject === floor;
  return put({
    port: subject.port,
    path: isFloor ? chatPath : (path ?? subject.path),
    headers: subject.headers,
    body: bodies[isFloor && body === 'responses' ? 'stream' : body],
    count,
    concurrency,
  });
}

function summed(figures: ReadonlyMap<Subject, Figures>): Record<string, Result> {
  const base = figures.get(floor);
  const entries = [...figures].map(([subject, kept]) => {
    const ratios = kept.cpuMicros.map((cpu, round) => cpu / (base?.cpuMicros[round] ?? cpu));
    const added = (of: 'p50' | 'p99'): number =>
      median(kept[of].map((value, round) => value - (base?.[of][round] ?? 0)));
    const cpuMicros = median(kept.cpuMicros);
    return [
      subject.name,
      { cpuMicros, ratio: median(ratios), addedP50Ms: added('p50'), addedP99Ms: added('p99') },
    ] as const;
  });
  return Object.fromEntries(entries);
}

/** In processes of their own, because one that has worked hides new memory in what it has kept. */
async function idleStreams(count: number): Promise<Record<string, IdleCost>> {
  const costs: Record<string, IdleCost> = {};
  for (const begin of [startFloor, () => startTapgate('Tapgate')]) {
    const subject = await begin();
    costs[subject.name] = await idleCost(subject, count);
    subject.stop();
    say(`idle streams: ${subject.name}`);
  }
  return costs;
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}
