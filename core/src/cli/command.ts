import type { CommandIo, CommandOutput } from './plugin-command.ts';

/** Exit codes, after sysexits: all is well, wrong usage, something failed, wrong config. */
export const exitCode = { ok: 0, failed: 1, usage: 64, config: 78 } as const;

/** An option of a command, for the parser and for the help. */
export interface CommandOption {
  readonly type: 'string' | 'boolean';
  readonly short?: string;
  /** What stands for the value in the help: `file`. */
  readonly value?: string;
  readonly describe: string;
}

/** What was typed after a command's name. */
export interface CommandInput {
  readonly values: Readonly<Record<string, string | boolean | undefined>>;
  readonly positionals: readonly string[];
}

/** One command of the command line. Loading it costs nothing; what it needs is imported when it runs. */
export interface Command {
  readonly name: string;
  /** One sentence, for the list of all commands. */
  readonly summary: string;
  /** What may stand after the name beside options. */
  readonly operands?: string;
  /** What a newcomer must know to use it. */
  readonly about: string;
  readonly options: Readonly<Record<string, CommandOption>>;
  readonly examples: readonly (readonly [typed: string, what: string])[];
  run(input: CommandInput, io: CommandIo): Promise<number>;
}

/** Wrong usage: the sentence is printed, with the way to the help, and the exit code is 64. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The value of an option that takes one. */
export function textOption({ values }: CommandInput, name: string): string | undefined {
  const value = values[name];
  return typeof value === 'string' ? value : undefined;
}

/** Whether text may be coloured: a person is looking, and has not said that they want none. */
export function colored(output: CommandOutput, env: CommandIo['env']): boolean {
  return output.isTTY === true && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
}
