import type { Command, CommandOption } from './command.ts';

/** A command that some installed plugin brings. */
export interface ListedCommand {
  readonly name: string;
  /** The package that brings it. */
  readonly from: string;
}

const everywhere: Readonly<Record<string, CommandOption>> = {
  help: { type: 'boolean', short: 'h', describe: 'Shows this.' },
};

/** The help of the whole command line. */
export function generalHelp(commands: readonly Command[], brought: readonly ListedCommand[]): string {
  return `${[
    'Tapgate, an AI model gateway made of plugins.',
    '',
    'Usage: tapgate <command> [options]',
    '',
    ...columns(commands.map(({ name, summary }) => [name, summary])),
    ...(brought.length === 0
      ? []
      : ['', 'From installed plugins:', ...columns(brought.map(({ name, from }) => [name, from]))]),
    '',
    'First steps:',
    ...columns([
      ['tapgate start', 'Serves at once: a provider that needs no key, and those whose key is in the environment.'],
      ['tapgate init', 'Writes a config to go on from.'],
      ['tapgate check', 'Tells every mistake in it, where it is, and how to mend it.'],
      ['tapgate <command> --help', 'Explains one command, with examples.'],
    ]),
    '',
    'Exit codes: 0 all is well, 64 wrong usage, 78 a mistake in the config.',
  ].join('\n')}\n`;
}

/** The help of one command. */
export function commandHelp(command: Command): string {
  const { name, summary, operands, about, options, examples } = command;
  return `${[
    summary,
    '',
    `Usage: tapgate ${name}${operands === undefined ? '' : ` ${operands}`} [options]`,
    '',
    about,
    '',
    ...columns(
      Object.entries({ ...options, ...everywhere }).map(([long, option]) => [flags(long, option), option.describe]),
    ),
    '',
    'Examples:',
    ...columns(examples),
  ].join('\n')}\n`;
}

function flags(long: string, { short, value }: CommandOption): string {
  const takes = value === undefined ? '' : ` <${value}>`;
  return `${short === undefined ? '    ' : `-${short}, `}--${long}${takes}`;
}

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}
