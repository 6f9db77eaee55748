import { inspect, stripVTControlCharacters } from 'node:util';
import { vendorDialects } from './vendors/vendor.ts';

/** What the test runner tells of one test. */
interface Told {
  readonly type: string;
  readonly data: {
    readonly name: string;
    readonly file?: string;
    readonly skip?: string | boolean;
    readonly details?: { readonly type?: string; readonly error?: Error & { readonly cause?: unknown } };
    readonly message?: string;
  };
}

interface Count {
  passed: number;
  failed: number;
  skipped: number;
}

const titled = /^(?<client>.+?) → (?<dialect>[a-z-]+|every dialect): (?<scene>.+?)(?:, (?:whole|streamed))?$/;
const headings: Readonly<Record<string, string>> = {
  'openai-chat': 'chat',
  'openai-responses': 'responses',
  'anthropic-messages': 'messages',
  'google-generate': 'generate',
  'bedrock-converse': 'converse',
  'cohere-chat': 'cohere',
  'ollama-chat': 'ollama',
};

/** Counts by two names. */
class Tally {
  readonly #counts = new Map<string, Count>();

  at(...names: readonly string[]): Count {
    const key = names.join('\n');
    const count = this.#counts.get(key) ?? { passed: 0, failed: 0, skipped: 0 };
    this.#counts.set(key, count);
    return count;
  }
}

/** How many passed; of failures how many there were, and of nothing a dash. */
function cell({ passed, failed, skipped }: Count): string {
  if (failed > 0) return `${failed} of ${passed + failed} ✖`;
  return passed > 0 ? String(passed) : skipped > 0 ? 'left out' : '–';
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const lines = rows.map((row) =>
    row
      .map((text, column) => (column === 0 ? text.padEnd(widths[0] ?? 0) : text.padStart(widths[column] ?? 0)))
      .join('  '),
  );
  return `${[lines[0], '─'.repeat(lines[0]?.length ?? 0), ...lines.slice(1)].join('\n')}\n`;
}

/** All that was told, in two tables: each client before each dialect, and each scene. */
class Report {
  readonly #clients = new Set<string>();
  readonly #scenes = new Set<string>();
  readonly #cells = new Tally();
  readonly #byScene = new Tally();
  readonly #all: Count = { passed: 0, failed: 0, skipped: 0 };
  readonly #reasons = new Map<string, number>();
  readonly #failures: string[] = [];

  take({ type, data }: Told): void {
    const { name, skip, details } = data;
    const what: keyof Count = type === 'test:fail' ? 'failed' : skip === undefined ? 'passed' : 'skipped';
    const { client = 'others', dialect = '', scene = name } = titled.exec(name)?.groups ?? {};
    this.#clients.add(client);
    this.#all[what] += 1;
    this.#cells.at(client, dialect)[what] += 1;
    const shown = client === 'others' ? 'others' : scene;
    this.#scenes.add(shown);
    this.#byScene.at(shown)[what] += 1;
    if (what === 'skipped') this.#reasons.set(String(skip), (this.#reasons.get(String(skip)) ?? 0) + 1);
    const error = details?.error?.cause ?? details?.error;
    if (what === 'failed') this.#failures.push(`✖ ${name}\n${inspect(error, { depth: 4 }).slice(0, 4000)}\n`);
  }

  text(): string {
    const { passed, failed, skipped } = this.#all;
    const columns = [...vendorDialects, 'every dialect'];
    const clients = [...this.#clients].filter((client) => client !== 'others');
    const matrix = [
      ['client', ...vendorDialects.map((dialect) => headings[dialect] ?? dialect), 'lists'],
      ...clients.map((client) => [client, ...columns.map((dialect) => cell(this.#cells.at(client, dialect)))]),
    ];
    const scenes = [
      ['scene', 'passed', 'failed', 'left out'],
      ...[...this.#scenes].map((scene) => {
        const { passed: good, failed: bad, skipped: out } = this.#byScene.at(scene);
        return [scene, ...[good, bad, out].map((count) => (count === 0 ? '–' : String(count)))];
      }),
    ];
    const reasons = [...this.#reasons].map(([reason, count]) => `${count} left out: ${reason}\n`);
    return [
      ...this.#failures,
      clients.length > 0 ? `\n${table(matrix)}` : '',
      `\n${table(scenes)}\n`,
      ...reasons,
      `${passed} passed, ${failed} failed, ${skipped} skipped\n`,
    ].join('\n');
  }
}

/** A reporter for the test runner: a point a test while they run, and the tables at the end. */
export default async function* report(source: AsyncIterable<Told>): AsyncGenerator<string> {
  const all = new Report();
  let points = 0;
  for await (const told of source) {
    const { type, data } = told;
    if (type === 'test:stderr' || type === 'test:stdout') yield stripVTControlCharacters(data.message ?? '');
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    // A file that passed is no test of its own.
    if (data.details?.type === 'suite' || (type === 'test:pass' && data.name === data.file)) continue;
    all.take(told);
    points += 1;
    yield `${type === 'test:fail' ? '✖' : '.'}${points % 100 === 0 ? ` ${points}\n` : ''}`;
  }
  yield `\n\n${all.text()}`;
}
