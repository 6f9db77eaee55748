import type { Plugin } from '../plugin.ts';
import { type ConfigError, configErrors } from './config-error.ts';
import { type ConfigPath, isMap, valueAt } from './config-path.ts';
import type { PluginToUse } from './load-config.ts';
import { loadPlugin } from './load-plugin.ts';
import type { ValidPlugin } from './normalise.ts';
import type { Reading } from './reading.ts';
import { prepareOptions } from './read-options.ts';

/** The plugins that could be loaded, in the config's order, and what is wrong with the others. */
export interface LoadedPlugins {
  readonly plugins: readonly PluginToUse[];
  readonly errors: readonly ConfigError[];
}

/** Imports every plugin of a config, also of one that is already known to have mistakes, so that all are told at once. */
export async function loadPlugins(reading: Reading): Promise<LoadedPlugins> {
  const plugins: PluginToUse[] = [];
  const errors: ConfigError[] = [];
  const listed = valueAt(reading.value, ['plugins']);
  const entries: readonly unknown[] = Array.isArray(listed) ? listed : [];
  for (const [at, entry] of entries.entries()) {
    const path = ['plugins', at];
    const use = valueAt(entry, ['use']);
    if (typeof use !== 'string' || use === '' || reading.failed([...path, 'use'])) continue;
    // One after the other, because a second copy of core is told of the plugin that brought it.
    const loaded = await loadPlugin(use, reading.sources.folder);
    if ('error' in loaded) errors.push(loaded.error.at({ path: [...path, 'use'], part: use }));
    else {
      const ready = toUse(reading, path, entry as ValidPlugin, loaded.plugin, plugins);
      errors.push(...ready.errors);
      plugins.push(ready.plugin);
    }
  }
  return { plugins, errors };
}

function toUse(
  reading: Reading,
  path: ConfigPath,
  entry: ValidPlugin,
  plugin: Plugin,
  before: readonly PluginToUse[],
): { plugin: PluginToUse; errors: ConfigError[] } {
  const place = [...path, 'options'];
  const given = isMap(entry.options) ? entry.options : {};
  const prepared = prepareOptions(plugin, given, {
    use: entry.use,
    path: place,
    sources: reading.sources,
    placeholder: (inner) => reading.placeholder([...place, ...inner]),
  });
  reading.learn(place, prepared);
  const id = entry.id ?? plugin.name;
  const errors = prepared.errors.filter((error) => !reading.failed(error.place.path ?? []));
  if (before.some((other) => other.id === id)) {
    const mark: ConfigPath = entry.id === undefined ? [...path, 'use'] : [...path, 'id'];
    errors.push(configErrors.PLUGIN_DUPLICATE_ID({ id }, { path: mark }));
  }
  const options = prepared.value as PluginToUse['options'];
  const when = entry.when === undefined ? {} : { when: entry.when };
  return { plugin: { plugin, use: entry.use, id, options, ...when }, errors };
}
