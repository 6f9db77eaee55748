/** What a provider does at a moment of its outage. One that crashes breaks what is under way, too. */
export type Mood = 'well' | 'refuses' | 'crashes' | 'silent' | 'slow' | 'cuts' | 'throttles';

/** One outage of a provider that stands before a healthy one. */
export interface Outage {
  readonly name: string;
  /** What it does, by milliseconds since the outage began; before and after it is well. */
  readonly mood: (sinceMs: number) => Mood;
  /** Options of the failover plugin, beside its defaults. */
  readonly failover?: Readonly<Record<string, unknown>>;
}

/** A provider may fall silent or slow in its first token; with this patience the others do not wait for it. */
const patience = (patienceMs: number): Readonly<Record<string, unknown>> => ({ patienceMs });

/** All of them. `patienceMs` is what a route would allow whose first tokens usually come in a fifth of it. */
export function outages(patienceMs: number): readonly Outage[] {
  return [
    { name: 'dies', mood: () => 'refuses' },
    {
      name: 'dies with all that is under way, `afterCommit: resume`',
      mood: () => 'crashes',
      failover: { afterCommit: 'resume' },
    },
    { name: 'flaps: up and down every two seconds', mood: (since) => (since % 4000 < 2000 ? 'refuses' : 'well') },
    { name: 'is slow: ten times the latency', mood: () => 'slow', failover: patience(patienceMs) },
    { name: 'is silent: accepts, and says nothing', mood: () => 'silent', failover: patience(patienceMs) },
    { name: 'cuts every stream at its half, `afterCommit: end`', mood: () => 'cuts' },
    {
      name: 'cuts every stream at its half, `afterCommit: resume`',
      mood: () => 'cuts',
      failover: { afterCommit: 'resume' },
    },
    { name: 'throttles everything, for five seconds each time', mood: () => 'throttles' },
  ];
}

/** When the outage is, and how long all is watched, milliseconds from the first request. */
export interface Span {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly endMs: number;
}

/** One request, from the client's side. */
export interface Sample {
  readonly atMs: number;
  readonly tookMs: number;
  /** The answer came whole. */
  readonly whole: boolean;
  readonly servedBy: string;
}

/** What an outage was like. */
export interface Tally {
  readonly requests: number;
  readonly failed: number;
  /** Took more than twice as long as nearly all do when all is well. */
  readonly slow: number;
  /** Calls that the sick provider got while it was sick. */
  readonly callsToSick: number;
  /** From its recovery until nine of ten requests of a second went to it again; nothing where that did not come. */
  readonly recoveredMs: number | undefined;
}

/** Sums samples up. */
export function tally(
  samples: readonly Sample[],
  { fromMs, untilMs, endMs }: Span,
  sick: string,
  callsToSick: number,
): Tally {
  const well = samples.filter(({ atMs }) => atMs < fromMs - 500).map(({ tookMs }) => tookMs);
  const usual = well.toSorted((one, other) => one - other)[Math.floor(well.length * 0.99)] ?? 0;
  let recoveredMs: number | undefined;
  for (let at = untilMs; at + 1000 <= endMs && recoveredMs === undefined; at += 250) {
    const second = samples.filter(({ atMs }) => atMs >= at && atMs < at + 1000);
    const back = second.filter(({ servedBy }) => servedBy === sick).length;
    if (second.length > 0 && back >= second.length * 0.9) recoveredMs = at - untilMs;
  }
  return {
    requests: samples.length,
    failed: samples.filter(({ whole }) => !whole).length,
    slow: samples.filter(({ tookMs }) => tookMs > usual * 2).length,
    callsToSick,
    recoveredMs,
  };
}

/** A row of the table of docs/reliability.md. */
export function rowOf(name: string, { requests, failed, slow, callsToSick, recoveredMs }: Tally): string {
  const share = (100 * (requests - failed)) / requests;
  const back = recoveredMs === undefined ? 'not yet' : `${(recoveredMs / 1000).toFixed(1)} s`;
  return `| ${name} | ${requests} | ${share.toFixed(2)} % | ${failed} | ${slow} | ${callsToSick} | ${back} |`;
}

/** The head of that table. */
export const tableHead =
  '| the provider | requests | answered whole | failed | slow | calls to it meanwhile | back after |\n| --- | --- | --- | --- | --- | --- | --- |';
