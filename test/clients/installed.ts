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

/** The file of a command-line client. The package of Claude Code has a file of its own for each machine. */
export function commandFile(kind: 'claude' | 'codex' | 'gemini'): string {
  const packages = `${import.meta.dirname}/.cache/${kind}/node_modules`;
  if (kind !== 'claude') return `${packages}/.bin/${kind}`;
  const musl = process.platform === 'linux' && !(process.report.getReport() as any).header.glibcVersionRuntime;
  return `${packages}/@anthropic-ai/claude-code-${process.platform}-${process.arch}${musl ? '-musl' : ''}/claude`;
}
