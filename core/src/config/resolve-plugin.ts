import { existsSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { resolveFrom } from './resolve-from.ts';

/** Where a plugin's module is. */
export interface ResolvedPlugin {
  readonly url: URL;
  /** The package, or nothing where it is a file of one's own. */
  readonly package: string | undefined;
}

/** Why there is none: nothing of that name, or a package whose own entry does not resolve. */
export interface UnresolvedPlugin {
  readonly sought: readonly string[];
  /** The package that is there, with what is wrong with it. */
  readonly broken?: { readonly package: string; readonly cause: unknown };
}

/** Whether `use` names a file rather than a package. */
export function isFile(use: string): boolean {
  return /^\.{1,2}[\\/]/.test(use) || isAbsolute(use) || use.startsWith('file:');
}

/** The packages that `use` may mean, in the order in which they are tried. A short name never means a package of just that name. */
export function packagesFor(use: string): readonly string[] {
  if (use.startsWith('@') || use.startsWith('tapgate-')) return [use];
  return [`@tapgate/${use}`, `tapgate-${use}`];
}

/** Finds a plugin as Node would find it from each of the folders in turn, with the conditions this process runs under. */
export function resolvePlugin(use: string, folders: readonly string[]): ResolvedPlugin | UnresolvedPlugin {
  if (isFile(use)) return resolveFile(use, folders[0] ?? '.');
  const sought = packagesFor(use);
  let broken: { package: string; cause: unknown } | undefined;
  for (const folder of folders) {
    for (const name of sought) {
      try {
        const url = new URL(resolveFrom(name, folder));
        if (!existsSync(url)) throw new Error(`there is no ${fileURLToPath(url)}; perhaps it is not built`);
        return { url, package: packageOf(name) };
      } catch (cause) {
        if (isThere(name, folder)) broken ??= { package: packageOf(name), cause };
      }
    }
  }
  return broken === undefined ? { sought } : { sought, broken };
}

function resolveFile(use: string, folder: string): ResolvedPlugin | UnresolvedPlugin {
  const file = use.startsWith('file:') ? fileURLToPath(use) : resolve(folder, use);
  return existsSync(file) ? { url: pathToFileURL(file), package: undefined } : { sought: [file] };
}

/** The package of a specifier, without a path inside it. */
function packageOf(name: string): string {
  return name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/');
}

/** Whether the package's folder is where it was looked for. */
function isThere(name: string, folder: string): boolean {
  if (existsSync(join(folder, 'node_modules', packageOf(name), 'package.json'))) return true;
  const above = resolve(folder, '..');
  return above !== folder && isThere(name, above);
}
