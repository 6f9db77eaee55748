import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isMap } from './config-path.ts';
import { coreFolder } from './core-copies.ts';

/** What a plugin's `package.json` says of it, so that nothing need be run to know it. */
export interface PluginManifest {
  readonly folder: string;
  /** The package: `@tapgate/echo`. */
  readonly package: string;
  readonly version: string;
  readonly description: string;
  readonly apiVersion: number | undefined;
  readonly kind: string | undefined;
  /** The variables of which one usually holds its key. */
  readonly env: readonly string[];
  /** Words that the command line understands through it: `keys create`. */
  readonly commands: readonly string[];
  /** It brings a language that clients speak, so it is of use even without a key. */
  readonly dialects: readonly string[];
  /** The file of its options' schema. */
  readonly schemaFile: string | undefined;
}

const scope = '@tapgate';

/** The name that `use` needs at least: without the official scope, and without the prefix of an unscoped package. */
export function shortName(packageName: string): string {
  if (packageName.startsWith(`${scope}/`)) return packageName.slice(scope.length + 1);
  return packageName.startsWith('tapgate-') ? packageName.slice('tapgate-'.length) : packageName;
}

/** The manifest of the package in a folder, or nothing where it is no plugin. */
export function readManifest(folder: string): PluginManifest | undefined {
  const manifest = readJson(join(folder, 'package.json'));
  const own = manifest?.['tapgate'];
  if (manifest === undefined || !isMap(own)) return undefined;
  const { apiVersion, kind, schema } = own;
  return {
    folder,
    package: textOf(manifest['name']),
    version: textOf(manifest['version']),
    description: textOf(manifest['description']),
    apiVersion: typeof apiVersion === 'number' ? apiVersion : undefined,
    kind: typeof kind === 'string' ? kind : undefined,
    env: wordsOf(own['env']),
    commands: wordsOf(own['commands']),
    dialects: wordsOf(own['dialects']),
    schemaFile: typeof schema === 'string' ? join(folder, schema) : undefined,
  };
}

/**
 * Every plugin that is installed where one of the folders, or core itself, would find it. Only manifests are read, and
 * where two folders have the same package the first counts.
 */
export function installedPlugins(folders: readonly string[]): PluginManifest[] {
  const found = new Map<string, PluginManifest>();
  for (const packages of new Set([...folders, coreFolder].flatMap(packageFolders))) {
    for (const folder of pluginFolders(packages)) {
      const manifest = readManifest(folder);
      if (manifest !== undefined && !found.has(manifest.package)) found.set(manifest.package, manifest);
    }
  }
  return [...found.values()].toSorted((one, other) => one.package.localeCompare(other.package));
}

/** The `node_modules` folders that are looked into from a folder, the nearest first. */
function packageFolders(from: string): string[] {
  const here = join(from, 'node_modules');
  const above = dirname(from);
  return [...(existsSync(here) ? [here] : []), ...(above === from ? [] : packageFolders(above))];
}

/** Where plugins may be in one `node_modules`: official ones, `tapgate-…` and `@anyone/tapgate-…`. */
function pluginFolders(packages: string): string[] {
  const names = entries(packages);
  const unscoped = names.filter((name) => name.startsWith('tapgate-'));
  const scoped = names
    .filter((name) => name.startsWith('@'))
    .flatMap((owner) =>
      entries(join(packages, owner))
        .filter((name) => owner === scope || name.startsWith('tapgate-'))
        .map((name) => join(owner, name)),
    );
  return [...scoped, ...unscoped].map((name) => join(packages, name));
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function readJson(file: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return isMap(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function wordsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((word) => typeof word === 'string') : [];
}
