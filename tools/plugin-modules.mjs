/** The plugins of this repository, imported from their sources. */
import { globSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * @typedef {readonly [status: number, sentence: string, retryable?: 'retryable']} ErrorRow
 * @typedef {object} PluginModule
 * @property {string} folder
 * @property {string} packageName
 * @property {string} kind
 * @property {import('@tapgate/core').Plugin<any> & { readonly schema: Record<string, any> } | undefined} plugin The default export.
 * @property {Readonly<Record<string, ErrorRow>> | undefined} errors The rows of the table exported as `errors`.
 */

/** Every plugin's module, in the order of the folders. @returns {Promise<PluginModule[]>} */
export async function pluginModules() {
  const manifests = globSync('plugins/*/package.json', { cwd: root }).toSorted();
  return Promise.all(manifests.map((file) => load(dirname(file))));
}

/** @param {string} folder @returns {Promise<PluginModule>} */
async function load(folder) {
  const manifest = JSON.parse(readFileSync(`${root}${folder}/package.json`, 'utf8'));
  try {
    const module = await import(pathToFileURL(`${root}${folder}/src/index.ts`).href);
    return {
      folder,
      packageName: manifest.name,
      kind: manifest.tapgate.kind,
      plugin: module.default,
      errors: module.errors?.rows,
    };
  } catch (cause) {
    throw new Error(`${folder} cannot be imported.`, { cause });
  }
}
