import { execFileSync, spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';

/**
 * Runs the official clients against a gateway. They are installed on demand into ignored folders, so that nobody who only
 * builds Tapgate installs them. What cannot be installed here is left out, and its tests say why.
 */
const folder = import.meta.dirname;
const packages = {
  openai: '7.57.0',
  '@anthropic-ai/sdk': '1.14.0',
  '@google/genai': '3.3.0',
  ai: '7.0.173',
  '@ai-sdk/openai': '4.0.118',
  '@ai-sdk/openai-compatible': '3.0.92',
  '@ai-sdk/anthropic': '4.0.105',
  '@ai-sdk/google': '4.0.121',
  '@langchain/core': '1.4.0',
  '@langchain/openai': '1.6.0',
  '@langchain/anthropic': '1.5.11',
  '@langchain/google': '0.2.6',
};
/** Each in a folder of its own: they are large, and the others are tested without them. */
const commands = {
  codex: { '@openai/codex': '0.169.0' },
  claude: { '@anthropic-ai/claude-code': '2.1.332' },
  gemini: { '@google/gemini-cli': '0.61.0' },
};
const pythonPackages = ['openai==3.57.0', 'anthropic==2.14.0', 'google-genai==3.6.1'];

/** What is missing, and why. */
const missing: Record<string, string> = {};

function installPackages(kind: string, dependencies: object, cache: string): void {
  const manifest = JSON.stringify({ private: true, type: 'module', dependencies }, null, 2);
  if (existsSync(`${cache}/installed.json`) && readFileSync(`${cache}/installed.json`, 'utf8') === manifest) return;
  mkdirSync(cache, { recursive: true });
  writeFileSync(`${cache}/package.json`, manifest);
  try {
    execFileSync('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'], {
      cwd: cache,
      stdio: 'inherit',
    });
    writeFileSync(`${cache}/installed.json`, manifest);
  } catch (error) {
    missing[kind] = `the clients could not be installed: ${reasonOf(error)}`;
  }
}

function installPython(): void {
  const venv = `${folder}/.venv`;
  if (existsSync(`${venv}/installed`) && readFileSync(`${venv}/installed`, 'utf8') === pythonPackages.join(' ')) return;
  try {
    execFileSync('python3', ['-m', 'venv', venv], { stdio: 'pipe' });
    execFileSync(`${venv}/bin/pip`, ['install', '-q', '--retries', '0', ...pythonPackages], { stdio: 'pipe' });
    writeFileSync(`${venv}/installed`, pythonPackages.join(' '));
  } catch (error) {
    missing['python'] = `no Python package index can be reached: ${reasonOf(error)}`;
  }
}

function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).trim().split('\n').at(-1) ?? '';
}

installPackages('npm', packages, `${folder}/.cache`);
for (const [kind, dependencies] of Object.entries(commands))
  installPackages(kind, dependencies, `${folder}/.cache/${kind}`);
installPython();
/** Words without a dash choose suites by a part of their names; the rest is the test runner's. */
const words = process.argv.slice(2);
const wanted = words.filter((word) => !word.startsWith('-'));
const files = globSync('suites/*.client.ts', { cwd: folder })
  .filter((file) => wanted.length === 0 || wanted.some((word) => file.includes(word)))
  .toSorted()
  .map((file) => `${folder}/${file}`);
/** Commands wait more than they work, so that two at once are good for a single core too. */
const workers = Math.max(2, availableParallelism() - 1);
const flags = words.filter((word) => word.startsWith('-'));
const reporter = flags.some((flag) => flag.startsWith('--test-reporter'))
  ? []
  : [`--test-reporter=${folder}/report.ts`, '--test-reporter-destination=stdout'];
const tests = spawn(
  process.execPath,
  [
    '--conditions=@tapgate/source',
    '--test',
    '--test-timeout=120000',
    `--test-concurrency=${workers}`,
    ...reporter,
    ...flags,
    ...files,
  ],
  {
    stdio: 'inherit',
    env: { ...process.env, TAPGATE_CLIENTS_MISSING: JSON.stringify(missing) },
  },
);
tests.on('exit', (code) => process.exit(code ?? 1));
