import { resolve } from 'node:path';
import type { Plugin } from '../plugin.ts';
import type { Config, PluginConfig } from './config.ts';
import { type ConfigError, configErrors, ConfigErrors } from './config-error.ts';
import type { ConfigSource } from './config-source.ts';
import { coreCopies } from './core-copies.ts';
import { embeddedConfig, type FoundProvider } from './embedded-config.ts';
import { coreDuplicate } from './load-plugin.ts';
import { loadPlugins } from './load-plugins.ts';
import { normalise, type ValidConfig } from './normalise.ts';
import { findConfig, readConfig } from './read-config.ts';
import { readSource, type Reading } from './reading.ts';

/** Where to look for a config, and where its variables come from. */
export interface LoadOptions {
  /** Absent: one of the usual names in `cwd`, and without one of these what is served without a config. */
  readonly file?: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** One plugin, ready for `gateway.use`. */
export interface PluginToUse extends PluginConfig {
  readonly plugin: Plugin;
}

/** A config that is complete and valid, with its plugins imported and not yet applied. */
export interface LoadedConfig {
  readonly config: Config;
  readonly plugins: readonly PluginToUse[];
  /** As people are told it; absent where there is none. */
  readonly file?: string;
  /** Where the config is, or where the gateway was started without one. */
  readonly folder: string;
  readonly warnings: readonly ConfigError[];
  /** Without a config: the providers whose key was in the environment. */
  readonly found: readonly FoundProvider[];
  /** The same errors with file, line and column, for mistakes that show only when plugins are applied. */
  located(errors: ConfigErrors | ConfigError): ConfigErrors;
}

/** Reads, validates and completes a config, and imports its plugins. Throws `ConfigErrors` with every mistake there is. */
export async function loadConfig({ file, cwd, env }: LoadOptions): Promise<LoadedConfig> {
  const chosen = file === undefined ? findConfig(cwd) : resolve(cwd, file);
  return chosen === undefined ? loadEmbedded(cwd, env) : loadFile(chosen, cwd, env);
}

async function loadFile(file: string, cwd: string, env: LoadOptions['env']): Promise<LoadedConfig> {
  const copies = coreCopies().length;
  const source = await readConfig(file, cwd);
  if (coreCopies().length > copies) throw new ConfigErrors([coreDuplicate(`The config ${source.file ?? ''}`)]);
  const reading = readSource(source, env);
  const { plugins, errors } = await loadPlugins(reading);
  const all = [...reading.errors, ...errors];
  if (all.length > 0) throw new ConfigErrors(ordered(all.map((error) => reading.located(error))));
  const warnings = [...source.warnings, ...reading.warnings()].map((warning) => reading.located(warning));
  const loaded = complete(reading, plugins);
  return { ...loaded, ...(source.file === undefined ? {} : { file: source.file }), warnings, found: [] };
}

async function loadEmbedded(cwd: string, env: LoadOptions['env']): Promise<LoadedConfig> {
  const { value, found } = embeddedConfig(cwd, env);
  if (value.plugins.length === 0) throw new ConfigErrors([configErrors.CONFIG_NOTHING_TO_SERVE()]);
  const reading = readSource(withoutFile(value, cwd), env);
  const { plugins, errors } = await loadPlugins(reading);
  // Nobody asked for these plugins by name, so one that cannot be loaded does not keep the others from serving.
  const warnings = errors.map((error) => configErrors.PLUGIN_LEFT_OUT({ reason: error.message }, { cause: error }));
  if (plugins.length === 0) throw new ConfigErrors(errors);
  const served = found.filter(({ name }) => plugins.some(({ id }) => id === name));
  return { ...complete(reading, plugins), warnings, found: served };
}

function withoutFile(value: unknown, folder: string): ConfigSource {
  return { file: undefined, folder, handWritten: false, value, warnings: [], locate: (error) => error };
}

function complete(
  reading: Reading,
  plugins: readonly PluginToUse[],
): Pick<LoadedConfig, 'config' | 'folder' | 'plugins' | 'located'> {
  const named = plugins.map(({ use, id, options, when }): PluginConfig => {
    return { use, id, options, ...(when === undefined ? {} : { when }) };
  });
  return {
    config: normalise(reading.value as ValidConfig, named),
    folder: reading.sources.folder,
    plugins,
    located: (error) => {
      const errors = error instanceof ConfigErrors ? error.errors : [error];
      return new ConfigErrors(errors.map((one) => reading.located(one)));
    },
  };
}

/** In the order of the file; those without a place come last. */
function ordered(errors: readonly ConfigError[]): ConfigError[] {
  return errors.toSorted(
    (one, other) => (one.line ?? 1e6) - (other.line ?? 1e6) || (one.column ?? 0) - (other.column ?? 0),
  );
}
