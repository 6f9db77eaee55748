import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** One copy of core in this process. */
export interface CoreCopy {
  /** The folder of its modules. */
  readonly path: string;
  readonly version: string;
}

const registry = Symbol.for('tapgate.core');
const own = fileURLToPath(new URL('..', import.meta.url));

const here: CoreCopy = {
  path: own,
  get version(): string {
    return versionOf(new URL('../../package.json', import.meta.url));
  },
};

/** The plugin API that this core offers. */
export const apiVersion = 1;

const holder = globalThis as unknown as Record<symbol, CoreCopy[] | undefined>;
const copies: CoreCopy[] = (holder[registry] ??= []);
if (!copies.some(({ path }) => path === own)) copies.push(here);

/**
 * Every copy of core that this process has loaded; more than one is a mistake. A class of one copy is not that of
 * another, so that a `Secret` made by one would be printed by the other.
 */
export function coreCopies(): readonly CoreCopy[] {
  return copies;
}

/** This copy's version. */
export function coreVersion(): string {
  return here.version;
}

/** The folder of the package of this copy, from which plugins beside it are found. */
export const coreFolder: string = dirname(fileURLToPath(new URL('../../package.json', import.meta.url)));

function versionOf(manifest: URL): string {
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { readonly version: string };
  return version;
}
