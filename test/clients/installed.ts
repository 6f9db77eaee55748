import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const missing = JSON.parse(process.env['TAPGATE_CLIENTS_MISSING'] ?? '{}') as Readonly<Record<string, string>>;

/** Why the tests of a kind of client are left out; false where they run. */
export function leftOut(kind: 'npm' | 'python' | 'codex' | 'claude' | 'gemini'): string | false {
  return missing[kind] ?? false;
}

const require = createRequire(`${import.meta.dirname}/.cache/package.json`);

/** A client's module, from the folder it was installed in. */
export async function client(name: string): Promise<any> {
  return import(pathToFileURL(require.resolve(name)).href);
}

/** The virtual environment's interpreter. */
export const python: string = `${import.meta.dirname}/.venv/bin/python`;

/** The command-line client that speaks Responses alone. */
export const codex: string = `${import.meta.dirname}/.cache/codex/node_modules/.bin/codex`;
