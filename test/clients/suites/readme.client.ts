import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { leftOut, python } from '../installed.ts';

const root = `${import.meta.dirname}/../../..`;
const readme = readFileSync(`${root}/README.md`, 'utf8');

/** The block of README.md in that language that holds this text, asked at another port. */
function snippet(language: string, text: string): string {
  const blocks = [...readme.matchAll(/```(\w+)\n([\s\S]*?)```/g)];
  const found = blocks.find(([, name, body]) => name === language && body?.includes(text))?.[2];
  assert.ok(found !== undefined, `README.md has no ${language} block with ${text}`);
  return found.replaceAll('127.0.0.1:8787', `127.0.0.1:${port}`);
}

let port = 0;
let stop = (): void => {};
const empty = mkdtempSync(`${tmpdir()}/tapgate-readme-`);

before(async () => {
  const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.endsWith('_API_KEY')));
  const main = `${root}/core/src/cli/main.ts`;
  const child = spawn(process.execPath, ['--conditions=@tapgate/source', main, 'start', '--port', '0'], {
    cwd: empty,
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  stop = () => child.kill('SIGTERM');
  for await (const line of child.stdout) {
    const listening = /"port":(\d+)[^\n]*"msg":"listening"/.exec(String(line))?.[1];
    if (listening === undefined) continue;
    port = Number(listening);
    break;
  }
  child.stdout.resume();
});
after(() => {
  stop();
  rmSync(empty, { recursive: true });
});

test('the curl of README.md streams', async () => {
  const { stdout } = await promisify(execFile)('sh', ['-c', snippet('sh', 'curl')]);
  assert.match(stdout, /"content":"Hello"/);
  assert.match(stdout, /\[DONE\]/);
});

test('the Node snippet of README.md prints the answer', { skip: leftOut('npm') }, async () => {
  const file = `${import.meta.dirname}/../.cache/readme.mjs`;
  writeFileSync(file, snippet('js', 'new OpenAI'));
  const { stdout } = await promisify(execFile)(process.execPath, [file]);
  assert.equal(stdout.trim(), 'Hello there!');
});

test('the Python snippet of README.md prints the answer', { skip: leftOut('python') }, async () => {
  const { stdout } = await promisify(execFile)(python, ['-c', snippet('python', 'OpenAI(')]);
  assert.equal(stdout.trim(), 'Hello there!');
});
