import { type Command, exitCode, textOption } from './command.ts';

/** Tells every mistake in a config. */
export const check: Command = {
  name: 'check',
  summary: 'Tells every mistake in the config, where it is, and how to mend it.',
  about: `Reads the config, imports its plugins and puts them together as "start" would, but opens no socket and listens on nothing.
It exits with 78 where there is a mistake, so it fits before a deployment or a reload.`,
  options: {
    config: { type: 'string', short: 'c', value: 'file', describe: 'The config, if it has another name or place.' },
    json: { type: 'boolean', describe: 'Writes the mistakes as JSON, for editors and scripts.' },
  },
  examples: [
    ['tapgate check', 'Checks the config of this folder.'],
    ['tapgate check -c prod.yaml && kill -HUP "$pid"', 'Reloads only what is known to be good.'],
  ],
  async run(input, io) {
    const [{ ConfigErrors }, { doubts, report, warn }, { assembled }] = await Promise.all([
      import('../config/config-error.ts'),
      import('./report.ts'),
      import('./assembled.ts'),
    ]);
    const json = input.values['json'] === true;
    try {
      const { loaded, gateway } = await assembled(io, textOption(input, 'config'));
      await gateway.close();
      const warnings = [...loaded.warnings, ...doubts(gateway)];
      if (json) io.stdout.write(`${JSON.stringify({ file: loaded.file, errors: [], warnings }, null, 2)}\n`);
      else {
        warn(warnings, io);
        io.stdout.write(
          `${loaded.file ?? 'The embedded defaults'}: no mistakes. ${counted(loaded.plugins.length, 'plugin')}, ${counted(Object.keys(loaded.config.models).length, 'model')}.\n`,
        );
      }
      return exitCode.ok;
    } catch (error) {
      if (!json || !(error instanceof ConfigErrors)) return report(error, io, 'check');
      io.stdout.write(`${JSON.stringify({ errors: error.errors, warnings: [] }, null, 2)}\n`);
      return exitCode.config;
    }
  },
};

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
