import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { commandFile, leftOut, python } from '../installed.ts';

/** The snippets of the documents, run as they stand there against a gateway started from the command line. */
const root = `${import.meta.dirname}/../../..`;

/** A document, and the gateway that its examples ask. */
interface Told {
  readonly name: string;
  readonly text: string;
  readonly config?: string;
  port: number;
}

/** The first steps are taken without a config. */
const readme: Told = { name: 'README.md', text: readFileSync(`${root}/README.md`, 'utf8'), port: 0 };
const guide: Told = {
  name: 'docs/clients.md',
  text: readFileSync(`${root}/docs/clients.md`, 'utf8'),
  config: `
server: { adminPort: -1 }
plugins: [openai, anthropic, google, echo]
models:
  smart: { targets: [echo/echo], unsupported: drop }
`,
  port: 0,
};

/** The block of a document in that language that holds this text, asked at another port. */
function snippet({ name, text, port }: Told, language: string, holds: string): string {
  const blocks = [...text.matchAll(/```(\w+)\n([\s\S]*?)```/g)];
  const found = blocks.find(([, of, body]) => of === language && body?.includes(holds))?.[2];
  assert.ok(found !== undefined, `${name} has no ${language} block with ${holds}`);
  return found.replaceAll('127.0.0.1:8787', `127.0.0.1:${port}`);
}

const folder = mkdtempSync(`${tmpdir()}/tapgate-documents-`);
const stops: (() => void)[] = [];

/** Starts a gateway from the command line. Its plugins are found from the folder it is started in, or are the installed ones. */
async function start({ config }: Told): Promise<number> {
  const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.endsWith('_API_KEY')));
  const words = ['--conditions=@tapgate/source', `${root}/core/src/cli/main.ts`, 'start', '--port', '0'];
  if (config !== undefined) {
    writeFileSync(`${folder}/tapgate.yaml`, config);
    words.push('--config', `${folder}/tapgate.yaml`);
  }
  const cwd = config === undefined ? mkdtempSync(`${folder}/empty-`) : root;
  const child = spawn(process.execPath, words, { cwd, env: environment, stdio: ['ignore', 'pipe', 'inherit'] });
  stops.push(() => child.kill('SIGTERM'));
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  let said = '';
  child.stdout.on('data', (chunk) => {
    said += chunk;
    const listening = /"port":(\d+)[^\n]*"msg":"listening"/.exec(said)?.[1];
    if (listening !== undefined) resolve(Number(listening));
  });
  child.on('close', () => reject(new Error(`the gateway did not start: ${said}`)));
  return promise;
}

before(async () => {
  readme.port = await start(readme);
  guide.port = await start(guide);
});
after(() => {
  for (const stop of stops) stop();
  rmSync(folder, { recursive: true });
});

const run = promisify(execFile);
const hello = 'Hello there!';
/** What the documents say of variables, and a path without anything else of this process's environment. */
const variables = (): Record<string, string> => ({
  PATH: `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`,
  OPENAI_BASE_URL: `http://127.0.0.1:${guide.port}/v1`,
  OPENAI_API_KEY: 'unused',
  ANTHROPIC_BASE_URL: `http://127.0.0.1:${guide.port}`,
  ANTHROPIC_API_KEY: 'unused',
  GOOGLE_GEMINI_BASE_URL: `http://127.0.0.1:${guide.port}`,
  GEMINI_API_KEY: 'unused',
});

test('the curl of README.md streams', async () => {
  const { stdout } = await run('sh', ['-c', snippet(readme, 'sh', 'curl')]);
  assert.match(stdout, /"content":"Hello"/);
  assert.match(stdout, /\[DONE\]/);
});

for (const [document, text, answers] of [
  [readme, 'new OpenAI', 1],
  [guide, 'new OpenAI', 1],
  [guide, 'new Anthropic', 1],
  [guide, 'new GoogleGenAI', 1],
  [guide, 'createOpenAICompatible', 4],
  [guide, 'new ChatGoogle', 4],
] as const) {
  test(`${document.name}: the Node snippet with ${text} prints the answer`, { skip: leftOut('npm') }, async () => {
    const file = `${import.meta.dirname}/../.cache/document.mjs`;
    writeFileSync(file, snippet(document, 'js', text));
    const { stdout } = await run(process.execPath, [file], { env: variables() });
    assert.equal(stdout.trim(), Array.from({ length: answers }, () => hello).join('\n'));
  });
}

for (const [document, text] of [
  [readme, 'OpenAI('],
  [guide, 'from openai'],
  [guide, 'from anthropic'],
  [guide, 'from google'],
] as const) {
  test(`${document.name}: the Python snippet with ${text} prints the answer`, { skip: leftOut('python') }, async () => {
    const { stdout } = await run(python, ['-c', snippet(document, 'python', text)], { env: variables() });
    assert.equal(stdout.trim(), hello);
  });
}

/** Runs a block of shell with a command, in a home with the files that the document names. */
async function shell(
  kind: 'claude' | 'codex' | 'gemini',
  text: string,
  files: Record<string, string>,
): Promise<string> {
  const home = `${folder}/${kind}`;
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(dirname(`${home}/${file}`), { recursive: true });
    writeFileSync(`${home}/${file}`, content);
  }
  mkdirSync(`${home}/work`, { recursive: true });
  const PATH = `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`;
  const quiet = { CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1', DISABLE_TELEMETRY: '1', DISABLE_AUTOUPDATER: '1' };
  const script = `${kind}() { "${commandFile(kind)}" "$@" </dev/null; }\n${snippet(guide, 'sh', text)}`;
  const { stdout } = await run('bash', ['-c', script], { cwd: `${home}/work`, env: { PATH, HOME: home, ...quiet } });
  return stdout;
}

test('docs/clients.md: Claude Code is answered', { skip: leftOut('claude') }, async () => {
  assert.match(await shell('claude', 'claude -p', {}), /Hello there!/);
});

test('docs/clients.md: Codex is answered', { skip: leftOut('codex') }, async () => {
  const settings = snippet(guide, 'toml', 'model_provider');
  assert.match(await shell('codex', 'codex exec', { '.codex/config.toml': settings }), /Hello there!/);
});

test('docs/clients.md: Gemini CLI is answered', { skip: leftOut('gemini') }, async () => {
  const settings = snippet(guide, 'json', 'selectedType');
  const quiet = { ...JSON.parse(settings), privacy: { usageStatisticsEnabled: false }, telemetry: { enabled: false } };
  assert.match(await shell('gemini', 'gemini -m', { '.gemini/settings.json': JSON.stringify(quiet) }), /Hello there!/);
});
