import type { Plugin } from '../plugin.ts';
import { type ConfigError, ConfigErrors } from './config-error.ts';
import type { ConfigPath } from './config-path.ts';
import type { Sources } from './interpolate.ts';
import { type Placeholder, prepare, type Prepared } from './prepare.ts';
import type { Schema } from './visit-schema.ts';

/** What is known of options beside themselves. */
export interface OptionsOrigin {
  /** The plugin as the config calls it. */
  readonly use: string;
  /** Where they stand in the config. */
  readonly path: ConfigPath;
  readonly sources: Sources;
  readonly placeholder?: Placeholder | undefined;
}

/** Options as a plugin's schema wants them, with every mistake in them. */
export function prepareOptions(plugin: Plugin, options: unknown, origin: OptionsOrigin): Prepared {
  const about = { path: origin.path, plugin: origin.use };
  return prepare(plugin.schema as Schema, options, { about, sources: origin.sources, placeholder: origin.placeholder });
}

/**
 * Options for `apply`: defaults filled in, validated, secrets wrapped. Options that have been through it come out as they
 * are, so `gateway.use` may call it for what a config brought too. Throws `ConfigErrors`.
 */
export function readOptions(
  plugin: Plugin,
  options: unknown,
  id: string = plugin.name,
): Readonly<Record<string, unknown>> {
  const { value, errors } = prepareOptions(plugin, options ?? {}, {
    use: id,
    path: [],
    sources: { env: process.env, folder: process.cwd() },
  });
  if (errors.length > 0) throw new ConfigErrors(errors satisfies readonly ConfigError[]);
  return value as Readonly<Record<string, unknown>>;
}
