import type { ConfigError } from './config-error.ts';

/** A config as it was read, before anything was made of it. */
export interface ConfigSource {
  /** As people are told it: relative to where they are. Absent: there is no file. */
  readonly file: string | undefined;
  /** Names inside the config count from here. */
  readonly folder: string;
  /** Written by hand in a format that has no variables of its own, so that a secret in it is a literal. */
  readonly handWritten: boolean;
  readonly value: unknown;
  /** Mistakes that do not hinder the reading. */
  readonly warnings: readonly ConfigError[];
  /** Adds file, line, column and excerpt to an error that has a path. `shows` says which scalars may be printed. */
  locate(error: ConfigError, shows: Shows): ConfigError;
}

/** Whether the value at a path may be printed; what nobody vouches for may be a secret. */
export type Shows = (path: readonly (string | number)[]) => boolean;
