import type { Explanation } from '../plugin.ts';
import { nameOf, type Target } from '../provider.ts';

/** What `explain` found, for people. */
export function explanationText(explanation: Explanation): string {
  const { model, caller, candidates, selected, refused, answeredBy, lane, losses, trace, notes } = explanation;
  const rows: (readonly [string, string])[] = [
    ['Model', model],
    ['Caller', caller === undefined ? 'nobody was admitted' : `${caller.id} (tenant ${caller.tenant})`],
    ['Could', names(candidates)],
    ['Would', names(selected)],
    ...(lane === undefined ? [] : [['Lane', lane] as const]),
    ...(losses.length === 0 ? [] : [['Losses', losses.join('; ')] as const]),
    ...(answeredBy === undefined ? [] : [['Answer', `by ${answeredBy}, without a provider`] as const]),
    ...(refused === undefined
      ? []
      : [
          [
            'Refused',
            `${refused.code}${refused.by === undefined ? '' : ` by ${refused.by}`}: ${refused.message}`,
          ] as const,
        ]),
  ];
  const steps = trace.map(({ hook, stage, plugin, did }) => [`${hook}.${stage}`, `${plugin}: ${did}`] as const);
  const told = notes.map(
    ({ by, reason, about }) => [by, about === undefined ? reason : `${reason} (${nameOf(about)})`] as const,
  );
  return `${[...columns(rows), ...titled('Decisions', steps), ...titled('Notes', told)].join('\n')}\n`;
}

function names(targets: readonly Target[]): string {
  return targets.length === 0 ? 'nothing' : targets.map(nameOf).join(', ');
}

function titled(title: string, rows: readonly (readonly [string, string])[]): string[] {
  return rows.length === 0 ? [] : ['', title, ...columns(rows).map((row) => `  ${row}`)];
}

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `${left.padEnd(width)}  ${right}`);
}
