import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, exitCode, textOption, UsageError } from './command.ts';
import type { Offer } from './config-template.ts';
import type { CommandIo } from './plugin-command.ts';

/** Writes a first config. */
export const init: Command = {
  name: 'init',
  summary: 'Asks which providers you use, and writes a config with comments to go on from.',
  about: `Writes tapgate.yaml, with the schema that lets an editor complete it beside it. It offers every provider that is installed,
and proposes those whose usual key is in the environment. A config that is there already is never overwritten.`,
  options: {
    providers: { type: 'string', value: 'names', describe: 'These, parted by commas, without asking.' },
    yes: { type: 'boolean', short: 'y', describe: 'Takes what would be proposed, without asking.' },
  },
  examples: [
    ['tapgate init', 'Asks, and writes.'],
    ['tapgate init --yes', 'For scripts: every provider whose key is there.'],
    ['tapgate init --providers echo', 'For scripts: these and no others.'],
  ],
  async run(input, io) {
    const [{ configTemplate, offers }, { findConfig, shownAs }, { installedSchema }] = await Promise.all([
      import('./config-template.ts'),
      import('../config/read-config.ts'),
      import('./installed-schema.ts'),
    ]);
    const there = findConfig(io.cwd);
    if (there !== undefined) throw new UsageError(`${shownAs(there, io.cwd)} is there already; nothing was written.`);
    const offered = offers(io.cwd, io.env);
    const chosen = await choose(offered, textOption(input, 'providers'), input.values['yes'] === true, io);
    // "wx" once more, because somebody may have written it while we asked.
    writeFileSync(join(io.cwd, 'tapgate.yaml'), configTemplate(chosen, offered), { flag: 'wx' });
    const { schema } = await installedSchema(io.cwd);
    const besides = existsSync(join(io.cwd, 'tapgate.schema.json'));
    writeFileSync(join(io.cwd, 'tapgate.schema.json'), `${JSON.stringify(schema, null, 2)}\n`);
    io.stdout.write(`tapgate.yaml is written${besides ? '' : ', and tapgate.schema.json for your editor'}.\n`);
    for (const { variable } of chosen) {
      if (variable !== undefined && (io.env[variable] ?? '') === '')
        io.stdout.write(`Before you start: set ${variable}.\n`);
    }
    io.stdout.write('Next: "tapgate check", then "tapgate start".\n');
    return exitCode.ok;
  },
};

async function choose(
  offered: readonly Offer[],
  named: string | undefined,
  yes: boolean,
  io: CommandIo,
): Promise<readonly Offer[]> {
  if (named !== undefined) return pick(offered, named);
  const proposed = offered.filter(({ ready }) => ready);
  if (yes) return proposed;
  if (io.stdin.isTTY !== true) throw new UsageError('Nobody is there to be asked: say --providers or --yes.');
  return ask(offered, proposed, io);
}

/** The offers that a list of names or numbers means. */
async function pick(offered: readonly Offer[], typed: string): Promise<readonly Offer[]> {
  const { nearest } = await import('../config/nearest.ts');
  const words = typed.split(/[\s,]+/).filter((word) => word !== '');
  return words.map((word) => {
    const found = offered.find(({ name }, at) => name === word || String(at + 1) === word);
    if (found !== undefined) return found;
    const near = nearest(
      word,
      offered.map(({ name }) => name),
    );
    throw new UsageError(
      `The provider "${word}" is not installed.${near === undefined ? '' : ` Did you mean "${near}"?`}`,
    );
  });
}

async function ask(offered: readonly Offer[], proposed: readonly Offer[], io: CommandIo): Promise<readonly Offer[]> {
  const { createInterface } = await import('node:readline/promises');
  const lines = createInterface({ input: io.stdin });
  const width = Math.max(...offered.map(({ name }) => name.length));
  const rows = offered.map(
    ({ name, description, hint }, at) =>
      `  ${String(at + 1).padStart(2)}  ${name.padEnd(width)}  ${description}${hint}`,
  );
  const usual = proposed.map(({ name }) => name).join(', ');
  io.stdout.write(`Which providers do you use?\n${rows.join('\n')}\n`);
  try {
    io.stdout.write(`Names or numbers, parted by commas [${usual}]: `);
    for await (const line of lines) {
      if (line.trim() === '') return proposed;
      try {
        return await pick(offered, line);
      } catch (error) {
        if (!(error instanceof UsageError)) throw error;
        io.stdout.write(`${error.message} Again [${usual}]: `);
      }
    }
  } finally {
    lines.close();
  }
  throw new UsageError('Nothing was chosen; nothing was written.');
}
