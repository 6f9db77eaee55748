import { parseArgs } from 'node:util';
import { assemble, type CommandIo, type PluginCommand } from '@tapgate/core';
import { configuredRows, listedRows, type ModelRow } from './model-rows.ts';
import { modelsTable } from './models-table.ts';

const usage = `Usage: tapgate models [words…] [--config FILE] [--json]

Prints what is known of each model: what it can do and costs, in US dollars per million tokens, and since when; the models
of your config first. With words it prints those whose names have them all. A price that is not known is "?", and never
counts as 0.
`;

const options = {
  config: { type: 'string', short: 'c' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** The commands that come with the catalogue. */
export const commands: readonly PluginCommand[] = [
  {
    name: 'models',
    describe: 'Prints what each model can do and costs.',
    async run(args, io) {
      const asked = parsed(args);
      if (typeof asked === 'string') {
        io.stderr.write(`${asked}\n\n${usage}`);
        return 64;
      }
      const { values, positionals: words } = asked;
      if (values.help === true) {
        io.stdout.write(usage);
        return 0;
      }
      const configured = await ofConfig(values.config, io);
      const wanted = (row: ModelRow): boolean => words.every((word) => namesOf(row).includes(word.toLowerCase()));
      const [ours, all] = [configured.filter(wanted), listedRows().filter(wanted)];
      io.stdout.write(
        values.json === true
          ? `${JSON.stringify({ configured: ours, known: all }, null, 2)}\n`
          : modelsTable(ours, all),
      );
      return 0;
    },
  },
];

function parsed(args: string[]): { readonly values: Values; readonly positionals: readonly string[] } | string {
  try {
    return parseArgs({ args, options, strict: true, allowPositionals: true });
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

type Values = { readonly config?: string; readonly json?: boolean; readonly help?: boolean };

/** The models of the config, where there is one. */
async function ofConfig(file: string | undefined, io: CommandIo): Promise<readonly ModelRow[]> {
  const loaded = await io.loadConfig(file);
  if (loaded.file === undefined) return [];
  const gateway = assemble(loaded);
  try {
    return configuredRows(gateway);
  } finally {
    await gateway.close();
  }
}

function namesOf({ name, known, asked = '' }: ModelRow): string {
  return [name, asked, ...(known?.also ?? [])].join(' ').toLowerCase();
}
