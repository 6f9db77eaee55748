import { fork } from 'node:child_process';
import { once } from 'node:events';
import { put } from '../load.ts';
import { start, type Subject } from '../subject.ts';
import { type Asked, conversation, pathOf, shortQuestion } from './requests.ts';

/**
 * What translation costs, for each pair of dialects, by the CPU time of a bare proxy that passes the same provider's answer on; and
 * how long the loop stands still for a large request. `--pairs=openai-chat>anthropic-messages,…` and `--only=stream` choose.
 */
const json = process.argv.includes('--json');
const quick = process.argv.includes('--quick');
const rounds = quick ? 3 : 9;
const option = (name: string): string | undefined =>
  process.argv.find((argument) => argument.startsWith(`--${name}=`))?.slice(name.length + 3);
const say = (text: string): void => void process.stderr.write(`${text}\n`);

const dialects = ['openai-chat', 'openai-responses', 'anthropic-messages', 'google-generate'];
const wantedPairs = option('pairs')?.split(',');
const pairs = dialects
  .flatMap((from) => dialects.flatMap((to) => (from === to ? [] : [{ from, to, name: `${from}>${to}` }])))
  .filter(({ name }) => wantedPairs === undefined || wantedPairs.includes(name));
type Pair = (typeof pairs)[number];

const upstream = fork(new URL('upstream.ts', import.meta.url), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
const [{ port: upstreamPort }] = (await once(upstream, 'message')) as [{ port: number }];
const origin = `http://127.0.0.1:${upstreamPort}`;
const floor = await start('floor', new URL('../floor.ts', import.meta.url), [origin], '');
const tapgate = await start('Tapgate', new URL('tapgate.ts', import.meta.url), [origin], '');

const size = { turns: 200, bytes: 1024 * 1024 };
const large = { turns: 2000, bytes: 20 * 1024 * 1024 };
const only = option('only') ?? '';
const measured = {
  streams: 'stream'.includes(only)
    ? await ratios('300-event stream', shortQuestion, { count: 100, warmUp: 200, concurrency: 8 })
    : {},
  conversations: 'conversation'.includes(only)
    ? await ratios('1 MB of 200 turns', (dialect, model) => conversation(dialect, model, size), {
        count: 24,
        warmUp: 48,
        concurrency: 4,
      })
    : {},
  stalls: 'stall'.includes(only) ? await stalls() : {},
};
for (const subject of [floor, tapgate]) subject.stop();
upstream.disconnect();
process.stdout.write(json ? `${JSON.stringify({ node: process.version, rounds, ...measured })}\n` : report());

interface Ratio {
  readonly floorMicros: number;
  readonly cpuMicros: number;
  readonly ratio: number;
}

/** Both in turn, round by round, so that what the machine does meanwhile hits them alike. */
async function ratios(
  title: string,
  asking: (dialect: string, model: string) => Asked,
  load: { readonly count: number; readonly warmUp: number; readonly concurrency: number },
): Promise<Readonly<Record<string, Ratio>>> {
  const found: Record<string, Ratio> = {};
  for (const pair of pairs) {
    const figures: Record<'floor' | 'own', number[]> = { floor: [], own: [] };
    const { path, body } = asking(pair.from, `to-${pair.to}`);
    const streamed = asking === shortQuestion;
    const ask = (subject: Subject, count: number): Promise<readonly number[]> =>
      put({
        ...load,
        count,
        port: subject.port,
        headers: headersFor(subject, streamed),
        body,
        path: subject === floor ? pathOf(pair.to, 'm', streamed) : path,
      });
    for (const subject of [floor, tapgate]) await ask(subject, load.warmUp);
    for (let round = 1; round <= rounds; round += 1) {
      for (const [name, subject] of [
        ['floor', floor],
        ['own', tapgate],
      ] as const) {
        const before = await subject.cpuMicros();
        await ask(subject, load.count);
        figures[name].push(((await subject.cpuMicros()) - before) / load.count);
      }
    }
    found[pair.name] = {
      floorMicros: median(figures.floor),
      cpuMicros: median(figures.own),
      ratio: median(figures.own.map((cpu, round) => cpu / (figures.floor[round] ?? cpu))),
    };
    say(`${title}, ${pair.name}: ${found[pair.name]?.ratio.toFixed(2)}`);
  }
  return found;
}

/** The floor's provider cannot tell by the body whether to stream: it is in another dialect. */
function headersFor(subject: Subject, streamed: boolean): Readonly<Record<string, string>> {
  return subject === floor && streamed ? { 'x-stream': 'true' } : {};
}

/** The longest that the loop stood still for one large request, milliseconds: the median of several, and the least. */
async function stalls(): Promise<Readonly<Record<string, { readonly medianMs: number; readonly leastMs: number }>>> {
  const found: Record<string, { medianMs: number; leastMs: number }> = {};
  const times = quick ? 3 : 7;
  const measure = async (name: string, subject: Subject, path: string, body: Buffer): Promise<void> => {
    const longest: number[] = [];
    for (let time = -1; time < times; time += 1) {
      await subject.stallMs?.();
      await put({ port: subject.port, path, headers: {}, body, count: 1, concurrency: 1 });
      const stallMs = (await subject.stallMs?.()) ?? Number.NaN;
      if (time >= 0) longest.push(stallMs);
    }
    found[name] = { medianMs: median(longest), leastMs: Math.min(...longest) };
    say(`20 MB, ${name}: ${found[name].medianMs.toFixed(0)} ms`);
  };
  const shown = pairs[0] as Pair;
  await measure('floor', floor, pathOf(shown.to, 'm', false), conversation(shown.from, 'm', large).body);
  for (const { from, to, name } of pairs) {
    const { path, body } = conversation(from, `to-${to}`, large);
    await measure(name, tapgate, path, body);
  }
  return found;
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function report(): string {
  const { streams, conversations, stalls: standing } = measured;
  const cell = (value: number | undefined, digits: number): string =>
    value === undefined ? '' : value.toFixed(digits);
  const rows = pairs.map(({ name }) =>
    [
      name.replace('>', ' to '),
      cell(streams[name]?.floorMicros, 0),
      cell(streams[name]?.ratio, 2),
      cell(conversations[name]?.floorMicros, 0),
      cell(conversations[name]?.ratio, 2),
      cell(standing[name]?.medianMs, 0),
    ].join(' | '),
  );
  const head =
    'from client to provider | stream: floor, CPU µs | × floor | 1 MB, 200 turns: floor, CPU µs | × floor | 20 MB: longest stall, ms';
  const lines = [head, head.replaceAll(/[^|]+/g, ' --- '), ...rows].map((line) => `| ${line} |`);
  const bare = standing['floor'];
  return `${lines.join('\n')}\n${bare === undefined ? '' : `\nThe floor stands still for ${bare.medianMs.toFixed(0)} ms.\n`}`;
}
