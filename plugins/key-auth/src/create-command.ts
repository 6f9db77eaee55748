import { parseArgs } from 'node:util';
import type { PluginCommand } from '@tapgate/core';
import { createKey } from './key.ts';

const usage = `Usage: tapgate keys create --owner NAME [--tenant NAME] [--models a,b*] [--dialects a,b] [--expires 2027-01-31]

Makes a key and prints it once, with the lines for the config that let it in. The pepper is read from
TAPGATE_KEY_PEPPER, at least 16 characters; without one it proposes one, which the gateway must then be given too.
`;

const options = {
  owner: { type: 'string' },
  tenant: { type: 'string' },
  models: { type: 'string' },
  dialects: { type: 'string' },
  expires: { type: 'string' },
  help: { type: 'boolean' },
} as const;

type Values = { readonly [Name in keyof typeof options]?: string | boolean | undefined };

/** The commands that come with key-auth. */
export const commands: readonly PluginCommand[] = [
  {
    name: 'keys create',
    describe: 'Makes a key for key-auth, and prints it once.',
    async run(args, io) {
      const values = parsed(args);
      if (typeof values === 'string') {
        io.stderr.write(`${values}\n\n${usage}`);
        return 64;
      }
      if (values.help === true) {
        io.stdout.write(usage);
        return 0;
      }
      const given = io.env['TAPGATE_KEY_PEPPER'];
      const pepper = given ?? createKey('').hash;
      const { key, id, hash } = createKey(pepper);
      if (given === undefined)
        io.stderr.write(
          `TAPGATE_KEY_PEPPER is not set. Give the gateway this one, and keep it:\nTAPGATE_KEY_PEPPER=${pepper}\n\n`,
        );
      io.stderr.write('The key, which nobody can show again:\n');
      io.stdout.write(`${key}\n`);
      io.stderr.write(`\nUnder "keys" of key-auth in the config:\n${lines(id, hash, values)}`);
      return 0;
    },
  },
];

/** The options, or what is wrong with them. */
function parsed(args: string[]): Values | string {
  try {
    const { values } = parseArgs({ args, options, strict: true, allowPositionals: false });
    if (values.help === true) return values;
    if (values.owner === undefined || values.owner === '') return 'Say whose key it is: --owner NAME.';
    if (values.expires !== undefined && Number.isNaN(Date.parse(values.expires)))
      return `"${values.expires}" is no date: --expires 2027-01-31.`;
    return values;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function list(text: string): string {
  return JSON.stringify(text.split(',').map((word) => word.trim()));
}

/** The lines for the config. */
function lines(id: string, hash: string, values: Values): string {
  const { owner, tenant, models, dialects, expires } = values;
  const rows = [`- id: ${id}`, `  hash: ${hash}`, `  owner: ${JSON.stringify(owner)}`];
  if (typeof tenant === 'string') rows.push(`  tenant: ${JSON.stringify(tenant)}`);
  if (typeof models === 'string') rows.push(`  models: ${list(models)}`);
  if (typeof dialects === 'string') rows.push(`  dialects: ${list(dialects)}`);
  if (typeof expires === 'string') rows.push(`  expires: ${JSON.stringify(expires)}`);
  return `${rows.map((row) => `  ${row}`).join('\n')}\n`;
}
