/** Runs every test file, or those named after `npm test --`, with the flags given there. */
import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const given = process.argv.slice(2);
const flags = given.filter((word) => word.startsWith('-'));
const named = given.filter((word) => !word.startsWith('-'));
const everywhere = [
  'core/src/**/*.test.ts',
  'plugins/*/src/**/*.test.ts',
  'test/**/*.test.ts',
  'tools/**/*.test.mjs',
  'examples/**/*.test.ts',
];

const files = globSync(named.length > 0 ? named : everywhere, {
  cwd: root,
  exclude: (name) => /(^|\/)(node_modules|dist|\.venv|\.cache)$/.test(name),
}).toSorted();
// The runner itself passes when a pattern matches nothing.
if (files.length === 0) throw new Error(`No test file matches ${(named.length > 0 ? named : everywhere).join(', ')}.`);

// A test that hangs is a failure, not a night. A file is a process: what was compiled for one serves the next.
const bounds = ['--test-timeout=120000', `--test-concurrency=${availableParallelism()}`];
const tests = spawn(process.execPath, ['--conditions=@tapgate/source', '--test', ...bounds, ...flags, ...files], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, NODE_COMPILE_CACHE: `${root}node_modules/.cache/compiled` },
});
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) process.on(signal, () => tests.kill(signal));
tests.on('exit', (code) => process.exit(code ?? 1));
