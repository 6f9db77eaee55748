import type { Model } from './model.ts';
import type { ModelRow } from './model-rows.ts';

const heads = ['model', 'window', 'longest', 'reads', 'can', 'input', 'cached', 'written', 'output', 'as of'] as const;
/** From here on a column holds numbers, but for the words between. */
const rightward: ReadonlySet<string> = new Set(['window', 'longest', 'input', 'cached', 'written', 'output']);
const unknown = '?';

/** Models as a person reads them: those of the config first. */
export function modelsTable(configured: readonly ModelRow[], listed: readonly ModelRow[]): string {
  const all = [...configured, ...listed];
  if (all.length === 0) return 'No model has such a name.\n';
  const cells = [[...heads], ...all.map(cellsOf)];
  const widths = heads.map((_, at) => Math.max(...cells.map((row) => row[at]?.length ?? 0)));
  const lines = cells.map((row) =>
    row
      .map((cell, at) => padded(cell, at, widths[at] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const [head = '', ...rows] = lines;
  const parts = [
    ...section('Your config', head, rows.slice(0, configured.length)),
    ...section('Known models', head, rows.slice(configured.length)),
  ];
  return `${[...parts, summary(all)].join('\n')}\n`;
}

function section(title: string, head: string, rows: readonly string[]): readonly string[] {
  return rows.length === 0 ? [] : [title, head, ...rows, ''];
}

function padded(cell: string, at: number, width: number): string {
  return rightward.has(heads[at] ?? '') ? cell.padStart(width) : cell.padEnd(width);
}

function cellsOf({ name, asked, known, overridden }: ModelRow): readonly string[] {
  const prices = known?.prices;
  const shown = asked === undefined || asked === name ? name : `${asked}: ${name}`;
  return [
    shown,
    tokens(known?.contextWindow),
    tokens(known?.maxOutputTokens),
    known?.reads?.join(' ') ?? unknown,
    abilities(known ?? {}),
    prices?.input ?? unknown,
    prices?.cacheRead ?? unknown,
    prices?.cacheWrite ?? unknown,
    `${prices?.output ?? unknown}${hasMore(known ?? {}) ? '+' : ''}`,
    overridden ? 'your config' : (known?.asOf ?? unknown),
  ];
}

function tokens(count: number | undefined): string {
  if (count === undefined) return unknown;
  if (count >= 1_000_000) return `${(count / 1_000_000).toFixed(2).replace(/\.?0+$/, '')}M`;
  return count >= 1000 ? `${Math.round(count / 1000)}K` : String(count);
}

function abilities({ tools, reasoning }: Partial<Model>): string {
  const words = [tools === true ? 'tools' : '', reasoning === true ? 'thinks' : ''].filter((word) => word !== '');
  return words.join(' ') || (tools === undefined && reasoning === undefined ? unknown : '');
}

/** Prices beyond those of the table. */
function hasMore({ prices, tiers, changes, hours, regions, calls, requests }: Partial<Model>): boolean {
  return (
    prices?.above !== undefined || [tiers, changes, hours, regions, calls, requests].some((one) => one !== undefined)
  );
}

function summary(rows: readonly ModelRow[]): string {
  const unpriced = rows.filter(({ known }) => known?.prices === undefined).length;
  const counted = `${rows.length} models${unpriced === 0 ? '' : `, ${unpriced} without a price`}.`;
  return `${counted} US dollars per million tokens; "?" is not known, "+" has more prices, which --json shows.`;
}
