import type { IdleCost } from './idle-streams.ts';
import type { Scenario } from './scenarios.ts';

/** Tapgate with the plugins that guide traffic. */
export const trafficName = 'Tapgate, traffic plugins';

/** One subject in one scenario: medians over the rounds, the ratio taken within each. */
export interface Result {
  readonly cpuMicros: number;
  readonly ratio: number;
  readonly addedP50Ms: number;
  readonly addedP99Ms: number;
}

/** All that was measured, for people. */
export function table(
  chosen: readonly Scenario[],
  results: Readonly<Record<string, Readonly<Record<string, Result>>>>,
  idle: Readonly<Record<string, IdleCost>>,
  startMs: Readonly<Record<string, number>>,
): string {
  const lines = [
    '| scenario | subject | CPU us/request | x floor | goal | added p50 ms | added p99 ms |',
    '| --- | --- | --- | --- | --- | --- | --- |',
  ];
  for (const { name, goal, trafficGoal } of chosen) {
    const goals: Readonly<Record<string, number | undefined>> = { Tapgate: goal, [trafficName]: trafficGoal };
    for (const [subject, { cpuMicros, ratio, addedP50Ms, addedP99Ms }] of Object.entries(results[name] ?? {})) {
      const wanted = goals[subject] === undefined ? '' : `≤ ${goals[subject]}`;
      lines.push(
        `| ${name} | ${subject} | ${cpuMicros.toFixed(0)} | ${ratio.toFixed(2)} | ${wanted} | ${addedP50Ms.toFixed(2)} | ${addedP99Ms.toFixed(2)} |`,
      );
    }
  }
  const idles = Object.entries(idle).map(
    ([name, { usedKilobytes, rssKilobytes }]) =>
      `${name} ${usedKilobytes.toFixed(1)} reachable, ${rssKilobytes.toFixed(0)} given by the system`,
  );
  const starts = Object.entries(startMs).map(([name, ms]) => `${name} ${ms}`);
  lines.push('', `Idle streams, KB each: ${idles.join('; ')}.`, `Start, ms: ${starts.join(', ')}.`);
  return `${lines.join('\n')}\n`;
}
