import { fork } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { bodies } from './bodies.ts';
import { put } from './load.ts';
import { installPortkey } from './portkey.ts';
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
const rounds = quick ? 3 : 7;
const say = (text: string): void => void process.stderr.write(`${text}\n`);

const upstream = fork(new URL('upstream.ts', import.meta.url), {
  execArgv: ['--conditions=@tapgate/source'],
  stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
});
const [{ port: upstreamPort }] = (await once(upstream, 'message')) as [{ port: number }];
const origin = `http://127.0.0.1:${upstreamPort}`;

const chatPath = '/v1/chat/completions';
const file = (name: string): URL => new URL(name, import.meta.url);
const floor = await start('floor', file('floor.ts'), [origin], chatPath);
const subjects: Subject[] = [
  floor,
  await start('Tapgate', file('tapgate.ts'), [origin], chatPath),
  await start('Tapgate, ten empty plugins', file('tapgate.ts'), [origin, '10'], chatPath),
  await start('Tapgate, 10,000 models', file('tapgate.ts'), [origin, '0', '10000'], chatPath),
];
const portkey = withPortkey
  ? await installPortkey(origin).catch((error: unknown) => say(`Portkey's gateway is left out: ${String(error)}`))
  : undefined;
if (portkey) subjects.push(portkey);

const results: Record<
  string,
  Record<string, { cpuMicros: number; ratio: number; addedP50Ms: number; addedP99Ms: number }>
> = {};
const chosen = scenarios.filter((scenario) => only === undefined || scenario.name.includes(only));
for (const scenario of chosen) results[scenario.name] = await measure(scenario);
const idle = only === undefined ? await idleStreams(quick ? 500 : 2000) : {};
report();
for (const subject of subjects) subject.stop();
upstream.disconnect();

/** All subjects in turn, round by round, so that what the machine does meanwhile hits them alike. */
async function measure(scenario: Scenario): Promise<(typeof results)[string]> {
  const asked = subjects.filter((subject) => subject !== portkey || scenario.portkey === true);
  const figures = new Map<Subject, Figures>(asked.map((subject) => [subject, { cpuMicros: [], p50: [], p99: [] }]));
  const count = quick ? Math.max(16, Math.round(scenario.count / 3)) : scenario.count;
  for (let round = -1; round < rounds; round += 1) {
    for (const [subject, kept] of figures) {
      const { body, concurrency } = scenario;
      const path = subject === floor ? chatPath : (scenario.path ?? subject.path);
      const before = await subject.measure();
      const took = await put({
        port: subject.port,
        path,
        headers: subject.headers,
        body: bodies[subject === floor && body === 'responses' ? 'stream' : body],
        count,
        concurrency,
      });
      const after = await subject.measure();
      if (round < 0) continue;
      kept.cpuMicros.push((after.cpuMicros - before.cpuMicros) / count);
      const ordered = took.toSorted((one, other) => one - other);
      kept.p50.push(ordered[Math.floor(count * 0.5)] ?? 0);
      kept.p99.push(ordered[Math.floor(count * 0.99)] ?? 0);
    }
    say(`${scenario.name}: round ${round + 1} of ${rounds}`);
  }
  return summed(figures);
}

function summed(figures: ReadonlyMap<Subject, Figures>): (typeof results)[string] {
  const base = figures.get(floor);
  const entries = [...figures].map(([subject, kept]) => {
    const ratios = kept.cpuMicros.map((cpu, round) => cpu / (base?.cpuMicros[round] ?? cpu));
    const added = (of: 'p50' | 'p99'): number =>
      median(kept[of].map((value, round) => value - (base?.[of][round] ?? 0)));
    return [
      subject.name,
      { cpuMicros: median(kept.cpuMicros), ratio: median(ratios), addedP50Ms: added('p50'), addedP99Ms: added('p99') },
    ] as const;
  });
  return Object.fromEntries(entries);
}

/** What an open stream that says nothing costs in memory, KB each. */
async function idleStreams(count: number): Promise<Record<string, number>> {
  const kilobytes: Record<string, number> = {};
  for (const subject of [floor, subjects[1]]) {
    if (subject === undefined) continue;
    const before = await subject.measure();
    const leave = await openStreams(subject, count);
    const after = await subject.measure();
    leave();
    kilobytes[subject.name] = (after.rssBytes - before.rssBytes) / count / 1024;
  }
  return kilobytes;
}

async function openStreams(subject: Subject, count: number): Promise<() => void> {
  const calls = Array.from({ length: count }, async () => {
    const call = request({
      host: '127.0.0.1',
      port: subject.port,
      path: chatPath,
      method: 'POST',
      agent: false,
      headers: { 'content-type': 'application/json', authorization: 'Bearer x' },
    });
    call.on('error', () => {});
    call.end(bodies.idle);
    const [response] = (await once(call, 'response')) as [import('node:http').IncomingMessage];
    response.on('error', () => {});
    await once(response, 'data');
    return call;
  });
  const open = await Promise.all(calls);
  return () => {
    for (const call of open) call.destroy();
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function report(): void {
  const starts = Object.fromEntries(subjects.map((subject) => [subject.name, Math.round(subject.startMs)]));
  if (json) {
    process.stdout.write(
      `${JSON.stringify({ node: process.version, rounds, results, idleKilobytes: idle, startMs: starts })}\n`,
    );
    return;
  }
  const lines = [
    '| scenario | subject | CPU us/request | x floor | goal | added p50 ms | added p99 ms |',
    '| --- | --- | --- | --- | --- | --- | --- |',
  ];
  for (const scenario of chosen) {
    for (const [subject, figures] of Object.entries(results[scenario.name] ?? {})) {
      const goal = subject === 'Tapgate' && scenario.goal !== undefined ? `≤ ${scenario.goal}` : '';
      lines.push(
        `| ${scenario.name} | ${subject} | ${figures.cpuMicros.toFixed(0)} | ${figures.ratio.toFixed(2)} | ${goal} | ${figures.addedP50Ms.toFixed(2)} | ${figures.addedP99Ms.toFixed(2)} |`,
      );
    }
  }
  lines.push(
    '',
    `Idle streams, KB each: ${Object.entries(idle)
      .map(([name, kb]) => `${name} ${kb.toFixed(0)}`)
      .join(', ')}.`,
  );
  lines.push(
    `Start, ms: ${Object.entries(starts)
      .map(([name, ms]) => `${name} ${ms}`)
      .join(', ')}.`,
  );
  process.stdout.write(`${lines.join('\n')}\n`);
}
