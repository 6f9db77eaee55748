/** Installs what the lock file names when `node_modules` is older than it. Runs on Node 20, because it also brings Node 24. */
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** @param {string} file */
const writtenAt = (file) => statSync(root + file, { throwIfNoEntry: false })?.mtimeMs ?? 0;

function install() {
  const npm = process.env['npm_execpath'];
  /** @type {[string, ...string[]]} */
  const [command, ...before] = npm ? [process.execPath, npm] : ['npm'];
  const words = [...before, 'ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  return spawnSync(command, words, { cwd: root, stdio: 'inherit' });
}

// npm writes node_modules/.package-lock.json last, so an install cut short leaves no newer stamp.
if (writtenAt('node_modules/.package-lock.json') < writtenAt('package-lock.json')) {
  let { status, signal } = install();
  if (status !== 0 && !signal) {
    // A registry that has just got a version does not show it from each of its servers yet.
    console.error('The installation failed. Trying once more.');
    ({ status, signal } = install());
  }
  if (status !== 0) process.exit(signal ? 130 : (status ?? 1));
}
