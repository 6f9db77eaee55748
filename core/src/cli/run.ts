import { parseArgs } from 'node:util';
import { nearest } from '../config/nearest.ts';
import { type Command, type CommandInput, exitCode, UsageError } from './command.ts';
import { commands } from './commands.ts';
import { commandHelp, generalHelp } from './help.ts';
import type { CommandIo } from './plugin-command.ts';

/** Runs what was typed after `tapgate`. Gives the exit code; throws nothing. */
export async function run(args: readonly string[], io: CommandIo): Promise<number> {
  const [first, ...rest] = args;
  try {
    if (first === undefined || first === '--help' || first === '-h') return await help([], io);
    if (first === 'help') return await help(rest, io);
    if (first === '--version' || first === '-v') return await version(io);
    const own = commands.find(({ name }) => name === first);
    if (own !== undefined) return await runOwn(own, rest, io);
    return (await runBrought(args, io)) ?? (await unknown(first, io));
  } catch (error) {
    const { report } = await import('./report.ts');
    return report(error, io, commands.some(({ name }) => name === first) ? first : undefined);
  }
}

async function runOwn(command: Command, args: readonly string[], io: CommandIo): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    io.stdout.write(commandHelp(command));
    return exitCode.ok;
  }
  return command.run(parse(command, args), io);
}

function parse(command: Command, args: readonly string[]): CommandInput {
  const options = Object.fromEntries(
    Object.entries(command.options).map(([name, { type, short }]) => [
      name,
      short === undefined ? { type } : { type, short },
    ]),
  );
  try {
    const how = { args: [...args], options, allowPositionals: command.operands !== undefined, strict: true } as const;
    const { values, positionals } = parseArgs(how);
    return { values, positionals };
  } catch (error) {
    const { message } = error as Error;
    const typed = /'--([\w-]+)/.exec(message)?.[1];
    const near = typed === undefined || typed in options ? undefined : nearest(typed, Object.keys(options));
    const [sentence = message] = message.split(/\. /);
    throw new UsageError(`${sentence.replace(/\.$/, '')}.${near === undefined ? '' : ` Did you mean --${near}?`}`);
  }
}

async function runBrought(args: readonly string[], io: CommandIo): Promise<number | undefined> {
  const { findBrought } = await import('./brought-commands.ts');
  const found = await findBrought(args, io.cwd);
  if (found === undefined) return undefined;
  return found.command.run([...found.rest], io);
}

async function help(of: readonly string[], io: CommandIo): Promise<number> {
  const command = commands.find(({ name }) => name === of[0]);
  if (command !== undefined) io.stdout.write(commandHelp(command));
  else {
    const { listBrought } = await import('./brought-commands.ts');
    io.stdout.write(generalHelp(commands, listBrought(io.cwd)));
  }
  return exitCode.ok;
}

async function version(io: CommandIo): Promise<number> {
  const { coreVersion } = await import('../config/core-copies.ts');
  io.stdout.write(`${coreVersion()}\n`);
  return exitCode.ok;
}

async function unknown(typed: string, io: CommandIo): Promise<number> {
  const { listBrought } = await import('./brought-commands.ts');
  const names = [...commands, ...listBrought(io.cwd)].map(({ name }) => name);
  const near = nearest(
    typed,
    names.flatMap((name) => [name, name.split(' ')[0] ?? name]),
  );
  const full = names.filter((name) => name.startsWith(`${typed} `) || name.startsWith(`${near} `));
  const meant = full[0] ?? near;
  throw new UsageError(`There is no command "${typed}".${meant === undefined ? '' : ` Did you mean "${meant}"?`}`);
}
