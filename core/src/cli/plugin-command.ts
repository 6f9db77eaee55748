import type { LoadedConfig } from '../config/load-config.ts';

/** Where a command writes. */
export interface CommandOutput {
  write(text: string): unknown;
  /** Whether a person is looking. */
  readonly isTTY?: boolean;
}

/** The world as a command sees it. */
export interface CommandIo {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly stdout: CommandOutput;
  readonly stderr: CommandOutput;
  /** Reads a config, by default the one of the working folder, with its plugins. Throws `ConfigErrors`, which the command line prints. */
  readonly loadConfig: (file?: string) => Promise<LoadedConfig>;
}

/**
 * A command that a plugin brings: its package exports `commands` beside its default, and names them in `package.json`
 * under `tapgate.commands`, so that they are listed without running anything.
 * @example export const commands: readonly PluginCommand[] = [{ name: 'keys create', describe: 'Makes a key.', run }];
 */
export interface PluginCommand {
  /** One word or two, as they are typed after `tapgate`. */
  readonly name: string;
  /** One sentence. */
  readonly describe: string;
  /** Gives the exit code: 0 is well, 64 is wrong usage, 78 is a wrong config. `args` is what was typed after the name. */
  run(args: string[], io: CommandIo): Promise<number>;
}
