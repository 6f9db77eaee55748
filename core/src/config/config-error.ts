import { type ConfigPath, pathText } from './config-path.ts';
import { type ConfigErrorCode, configErrorRows } from './config-error-rows.ts';

/** The line of the file that a mistake is in, secrets replaced, and what of it is meant. */
export interface Excerpt {
  readonly text: string;
  /** Counted from 1, in `text`; it differs from the error's column where a secret before it was replaced. */
  readonly column: number;
  readonly length: number;
}

/** Where in the config a mistake is, as far as it is known yet. */
export interface ConfigPlace {
  readonly path?: ConfigPath;
  /** Whether the key itself is meant, or the value under it. */
  readonly mark?: 'key' | 'value';
  /** The part of the value that is meant: `${NAME}`. */
  readonly part?: string;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  readonly excerpt?: Excerpt;
  readonly didYouMean?: string;
  readonly cause?: unknown;
}

/**
 * One mistake in a config. `message` tells why, `cure` what to do; neither ever holds a value that came from a
 * variable, a file, or an option that is secret.
 */
export class ConfigError extends Error {
  readonly code: ConfigErrorCode;
  readonly cure: string;
  readonly severity: 'error' | 'warning';
  readonly file: string | undefined;
  /** Counted from 1, as the column; absent where the config is code. */
  readonly line: number | undefined;
  readonly column: number | undefined;
  /** `plugins[2].options.maxTokens` */
  readonly path: string | undefined;
  readonly didYouMean: string | undefined;
  readonly excerpt: Excerpt | undefined;
  declare readonly place: ConfigPlace;

  constructor(code: ConfigErrorCode, message: string, cure: string, place: ConfigPlace = {}) {
    super(message, place.cause === undefined ? undefined : { cause: place.cause });
    this.name = 'ConfigError';
    this.code = code;
    this.cure = cure;
    this.severity = configErrorRows[code][2] ?? 'error';
    this.file = place.file;
    this.line = place.line;
    this.column = place.column;
    this.path = place.path === undefined ? undefined : pathText(place.path);
    this.didYouMean = place.didYouMean;
    this.excerpt = place.excerpt;
    // Not printed: everything in it is above.
    Object.defineProperty(this, 'place', { value: place });
  }

  /** For editors and scripts. */
  toJSON(): object {
    const { code, severity, message, cure, file, line, column, path, didYouMean, excerpt } = this;
    return { code, severity, message, cure, file, line, column, path, didYouMean, excerpt };
  }

  /** The same mistake with more known of where it is. */
  at(place: ConfigPlace): ConfigError {
    return new ConfigError(this.code, this.message, this.cure, { ...this.place, ...place });
  }
}

/** All mistakes of one config. Nothing was loaded. */
export class ConfigErrors extends AggregateError {
  declare readonly errors: ConfigError[];

  constructor(errors: readonly ConfigError[]) {
    super(errors, errors.map((error) => `${error.code}: ${error.message}`).join('\n'));
    this.name = 'ConfigErrors';
  }
}

/** Makes the error of one code; `values` fill the `{names}` of its sentences. */
export type ConfigErrorFactory = (values?: Readonly<Record<string, unknown>>, place?: ConfigPlace) => ConfigError;

/** A factory for each code. `rows` is what the documentation is generated from. */
export type ConfigErrorTable = Readonly<Record<ConfigErrorCode, ConfigErrorFactory>> & {
  readonly rows: typeof configErrorRows;
};

/** Every mistake there can be in a config, and what to do about it. */
export const configErrors: ConfigErrorTable = Object.assign(
  Object.fromEntries(
    Object.entries(configErrorRows).map(([code, [why, cure]]) => [
      code,
      (values: Readonly<Record<string, unknown>> = {}, place: ConfigPlace = {}): ConfigError =>
        new ConfigError(code as ConfigErrorCode, fill(why, values), fill(cure, values), place),
    ]),
  ) as Record<ConfigErrorCode, ConfigErrorFactory>,
  { rows: configErrorRows },
);

function fill(sentence: string, values: Readonly<Record<string, unknown>>): string {
  return sentence.replaceAll(/\{(\w+)\}/g, (whole, name: string) => (name in values ? String(values[name]) : whole));
}
