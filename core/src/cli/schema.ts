import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Command, exitCode, textOption } from './command.ts';

/** Writes the schema of a config for editors. */
export const schema: Command = {
  name: 'schema',
  summary: 'Writes the JSON Schema of a config, for completion and checks in an editor.',
  about: `Composes core's schema with that of every installed plugin, read from its package without running it, and of the plugins
that are files beside the config. An editor takes it from the first line of the config:
  # yaml-language-server: $schema=./tapgate.schema.json`,
  options: {
    out: { type: 'string', short: 'o', value: 'file', describe: 'Writes it there instead of to the standard output.' },
    config: { type: 'string', short: 'c', value: 'file', describe: 'The config whose own plugins are to be known.' },
  },
  examples: [
    ['tapgate schema -o tapgate.schema.json', 'Writes it beside the config. Repeat it after installing a plugin.'],
    ['tapgate schema | jq .properties.server', 'Shows what may be said about the server.'],
  ],
  async run(input, io) {
    const { installedSchema } = await import('./installed-schema.ts');
    const { schema: composed, missing } = await installedSchema(io.cwd, textOption(input, 'config'));
    for (const name of missing)
      io.stderr.write(`${name} has no schema that can be read; its options are not completed.\n`);
    const text = `${JSON.stringify(composed, null, 2)}\n`;
    const out = textOption(input, 'out');
    if (out === undefined) io.stdout.write(text);
    else {
      writeFileSync(resolve(io.cwd, out), text);
      io.stderr.write(`${out} is written.\n`);
    }
    return exitCode.ok;
  },
};
