import { existsSync, readFileSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, dirname, extname, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { configErrors, ConfigErrors } from './config-error.ts';
import { isMap } from './config-path.ts';
import type { ConfigSource } from './config-source.ts';
import { reasonOf } from './reason.ts';
import { nearest } from './nearest.ts';

/** The names a config may have, in the order in which they are looked for. */
export const configFiles: readonly string[] = ['yaml', 'yml', 'json', 'ts', 'js', 'mjs'].map(
  (kind) => `tapgate.${kind}`,
);

/** Room for ten thousand models, and far from what would hold the process up. */
const maxBytes = 4 * 1024 * 1024;

/** The config of a folder, or nothing. */
export function findConfig(folder: string): string | undefined {
  const name = configFiles.find((candidate) => existsSync(resolve(folder, candidate)));
  return name === undefined ? undefined : resolve(folder, name);
}

/** Reads a config file of any kind, by its ending. Throws `ConfigErrors`. */
export async function readConfig(file: string, cwd: string): Promise<ConfigSource> {
  const absolute = resolve(cwd, file);
  const shown = shownAs(absolute, cwd);
  const { size, mode } = await checked(absolute, shown);
  if (size > maxBytes)
    throw new ConfigErrors([configErrors.CONFIG_TOO_LARGE({ size, limit: maxBytes }, { file: shown })]);
  const source = await read(absolute, shown);
  const everybody = process.platform !== 'win32' && (mode & 0o002) !== 0;
  const others = otherConfigs(absolute);
  return {
    ...source,
    warnings: [
      ...(everybody ? [configErrors.CONFIG_WRITABLE({ file: shown }, { file: shown })] : []),
      ...(others.length > 0 ? [configErrors.CONFIG_SEVERAL({ others: others.join(', ') }, { file: shown })] : []),
    ],
  };
}

/** A path as people read it: from where they are, if it is below. */
export function shownAs(file: string, cwd: string): string {
  const near = relative(cwd, file);
  return near.startsWith('..') || near === '' ? file : near;
}

async function checked(absolute: string, shown: string): Promise<{ size: number; mode: number }> {
  try {
    const found = statSync(absolute);
    if (!found.isFile()) throw new Error('it is not a file');
    return found;
  } catch (cause) {
    const siblings = await readdir(dirname(absolute)).catch(() => []);
    const near = nearest(basename(absolute), siblings);
    const place = { file: shown, cause, ...(near === undefined ? {} : { didYouMean: near }) };
    throw new ConfigErrors([configErrors.CONFIG_UNREADABLE({ file: shown, reason: reasonOf(cause) }, place)]);
  }
}

/** Configs beside one that was found by its name alone: which of them counts is easily misjudged. */
function otherConfigs(absolute: string): string[] {
  const [folder, name] = [dirname(absolute), basename(absolute)];
  if (!configFiles.includes(name)) return [];
  return configFiles.filter((other) => other !== name && existsSync(resolve(folder, other)));
}

async function read(absolute: string, shown: string): Promise<ConfigSource> {
  if (/^\.[cm]?[jt]s$/.test(extname(absolute))) return importConfig(absolute, shown);
  let text: string;
  try {
    text = readFileSync(absolute, 'utf8');
  } catch (cause) {
    throw new ConfigErrors([
      configErrors.CONFIG_UNREADABLE({ file: shown, reason: reasonOf(cause) }, { file: shown, cause }),
    ]);
  }
  const { readYaml } = await import('./yaml-source.ts');
  return readYaml(text.replace(/^\uFEFF/, ''), shown, dirname(absolute));
}

async function importConfig(absolute: string, shown: string): Promise<ConfigSource> {
  const url = pathToFileURL(absolute);
  // The module cache never forgets: without this a reload would see the config as it was.
  url.searchParams.set('v', String(statSync(absolute).mtimeMs));
  const value = await exported(url, shown);
  return {
    file: shown,
    folder: dirname(absolute),
    handWritten: false,
    value,
    warnings: [],
    locate: (error) => error.at({ file: shown }),
  };
}

async function exported(url: URL, shown: string): Promise<unknown> {
  let module: { readonly default?: unknown };
  try {
    module = (await import(url.href)) as { readonly default?: unknown };
  } catch (cause) {
    throw new ConfigErrors([
      configErrors.CONFIG_FAILED({ reason: reasonOf(cause), file: shown }, { file: shown, cause }),
    ]);
  }
  if (isMap(module.default)) return module.default;
  const [subject, expected] = ['The default export', 'an object'];
  const cure = 'Write "export default defineConfig({ … })".';
  const actual = module.default === undefined ? 'missing' : 'something else';
  throw new ConfigErrors([configErrors.CONFIG_TYPE({ subject, expected, actual, cure }, { file: shown })]);
}
