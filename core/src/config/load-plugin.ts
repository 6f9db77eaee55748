import { readdirSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Plugin } from '../plugin.ts';
import { validator } from './check.ts';
import { type ConfigError, configErrors } from './config-error.ts';
import { isMap } from './config-path.ts';
import { apiVersion, coreCopies, coreFolder, coreVersion } from './core-copies.ts';
import { nearest } from './nearest.ts';
import { installedPlugins, readManifest, shortName } from './plugin-manifest.ts';
import { reasonOf } from './reason.ts';
import { isFile, packagesFor, type ResolvedPlugin, resolvePlugin, type UnresolvedPlugin } from './resolve-plugin.ts';

/** A plugin, or the one mistake that keeps it from being one. */
export type LoadedPlugin = { readonly plugin: Plugin } | { readonly error: ConfigError };

/** Finds, imports and looks over the plugin that `use` names, from the config's folder and then from core's own. */
export async function loadPlugin(use: string, folder: string): Promise<LoadedPlugin> {
  const resolved = resolvePlugin(use, [folder, coreFolder]);
  if (!('url' in resolved)) return { error: unresolved(use, folder, resolved) };
  const early = manifestError(use, resolved);
  if (early !== undefined) return { error: early };
  const copiesBefore = coreCopies().length;
  const imported = await importPlugin(use, resolved);
  // A module is imported once, but its plugin is as wrong at the next reload.
  if (coreCopies().length > copiesBefore) bringers.add(resolved.url.href);
  if (bringers.has(resolved.url.href)) return { error: coreDuplicate(`The plugin "${use}"`) };
  if ('error' in imported) return imported;
  return lookOver(use, imported.module);
}

function unresolved(use: string, folder: string, { sought, broken }: UnresolvedPlugin): ConfigError {
  if (broken !== undefined) {
    const reason = `the package ${broken.package} is installed, but its entry cannot be found (${reasonOf(broken.cause)})`;
    return configErrors.PLUGIN_INVALID({ use, reason }, { cause: broken.cause });
  }
  const near = isFile(use)
    ? nearestFile(sought[0] ?? use)
    : nearest(
        use,
        installedPlugins([folder]).map(({ package: name }) => shortName(name)),
      );
  const cure = isFile(use)
    ? 'Check the name; it counts from the folder of the config.'
    : `Run "npm install ${packagesFor(use)[0] ?? use}".`;
  const what = isFile(use) ? `file ${sought[0] ?? use}` : `package ${sought.join(', nor ')}`;
  return configErrors.PLUGIN_NOT_FOUND({ use, sought: what, cure }, near === undefined ? {} : { didYouMean: near });
}

function nearestFile(file: string): string | undefined {
  try {
    return nearest(basename(file), readdirSync(dirname(file)));
  } catch {
    return undefined;
  }
}

/** Plugins made for another API are not run at all. */
function manifestError(use: string, resolved: ResolvedPlugin): ConfigError | undefined {
  if (resolved.package === undefined) return undefined;
  const manifest = manifestAbove(dirname(fileURLToPath(resolved.url)), resolved.package);
  if (manifest?.apiVersion === undefined || manifest.apiVersion === apiVersion) return undefined;
  return wrongVersion(use, manifest.apiVersion, `${manifest.version} `);
}

function manifestAbove(folder: string, packageName: string): ReturnType<typeof readManifest> {
  const manifest = readManifest(folder);
  if (manifest?.package === packageName) return manifest;
  const above = dirname(folder);
  return above === folder ? undefined : manifestAbove(above, packageName);
}

function wrongVersion(use: string, wanted: unknown, version: string): ConfigError {
  return configErrors.PLUGIN_API_VERSION({ use, wanted, version, offered: apiVersion, core: coreVersion() });
}

/** Modules that brought a copy of core. */
const bringers = new Set<string>();

/** The mistake that a second copy of core is, told of whoever brought it. */
export function coreDuplicate(who: string): ConfigError {
  const copies = coreCopies().map(({ version, path }) => `${version} in ${path}`);
  return configErrors.PLUGIN_CORE_DUPLICATE({ who, copies: copies.join(', ') });
}

type Imported = { readonly module: Readonly<Record<string, unknown>> } | { readonly error: ConfigError };

async function importPlugin(use: string, { url, package: packageName }: ResolvedPlugin): Promise<Imported> {
  const fresh = new URL(url);
  // The module cache never forgets: without this a reload would see one's own file as it was.
  if (packageName === undefined) fresh.searchParams.set('v', String(statSync(url).mtimeMs));
  try {
    return { module: (await import(fresh.href)) as Readonly<Record<string, unknown>> };
  } catch (cause) {
    const missing = missingOf(cause);
    if (missing === undefined)
      return {
        error: configErrors.PLUGIN_FAILED({ use, when: 'as it was imported', reason: reasonOf(cause) }, { cause }),
      };
    const values = { use, missing, package: packageName ?? missing };
    return { error: configErrors.PLUGIN_DEPENDENCY_MISSING(values, { cause }) };
  }
}

/** What an import inside the plugin did not find, or nothing where it failed otherwise. */
function missingOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code } = error as NodeJS.ErrnoException;
  if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND' && code !== 'ERR_PACKAGE_PATH_NOT_EXPORTED') {
    return undefined;
  }
  return /'([^']+)'/.exec(error.message)?.[1] ?? reasonOf(error);
}

function lookOver(use: string, module: Readonly<Record<string, unknown>>): LoadedPlugin {
  const invalid = (reason: string): LoadedPlugin => ({ error: configErrors.PLUGIN_INVALID({ use, reason }) });
  const candidate = module['default'] ?? module['plugin'];
  if (!isObject(candidate)) return invalid('it exports no object as its default or as "plugin"');
  if (typeof candidate['name'] !== 'string' || candidate['name'] === '') return invalid('it has no "name"');
  if (typeof candidate['apiVersion'] !== 'number') return invalid('it has no "apiVersion"');
  if (candidate['apiVersion'] !== apiVersion) return { error: wrongVersion(use, candidate['apiVersion'], '') };
  if (!isMap(candidate['schema'])) return invalid('it has no "schema" of its options');
  if (typeof candidate['apply'] !== 'function') return invalid('it has no "apply"');
  try {
    validator(candidate['schema']);
  } catch (cause) {
    return invalid(`its schema is not one: ${reasonOf(cause)}`);
  }
  return { plugin: candidate as unknown as Plugin };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
