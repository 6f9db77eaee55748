import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { loadConfig, type LoadedConfig } from '@tapgate/core';
import { commands } from './index.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const env = { OPENAI_API_KEY: 'the-key' };

interface Ran {
  readonly code: number | undefined;
  readonly out: string;
  readonly err: string;
}

/** Runs the command beside a config of that text, or beside none. */
async function models(args: readonly string[], config?: string): Promise<Ran> {
  const folder = await mkdtemp(join(tmpdir(), 'models-'));
  const path = join(folder, 'tapgate.yaml');
  if (config !== undefined) await writeFile(path, config);
  const written = { out: '', err: '' };
  const load = async (file?: string): Promise<LoadedConfig> =>
    loadConfig(config === undefined ? { cwd: folder, env: {} } : { cwd: root, env, file: file ?? path });
  const code = await commands[0]?.run([...args], {
    cwd: folder,
    env,
    stdin: process.stdin,
    stdout: { write: (text: string) => (written.out += text) },
    stderr: { write: (text: string) => (written.err += text) },
    loadConfig: load,
  });
  await rm(folder, { recursive: true });
  return { code, ...written };
}

const config = `
plugins:
  - openai
  - use: catalogue
    options: { models: { openai/mine: { contextWindow: 8000, prices: { input: '0.1', output: 0.2 } } } }
models:
  smart: [openai/gpt-5]
  own: [openai/mine, openai/nobody]
`;

test('models prints every model of every list, one a line, where there is no config', async () => {
  const { code, out, err } = await models([]);
  assert.deepEqual([code, err], [0, '']);
  assert.doesNotMatch(out, /Your config/);
  const row = out.split('\n').find((line) => line.startsWith('openai/gpt-4o-mini '));
  assert.match(
    row ?? '',
    /^openai\/gpt-4o-mini +128K +16K +text image\S*.* +tools +0\.15 +0\.075 +\? +0\.6\+? +20\d\d-\d\d-\d\d$/,
  );
  assert.match(out, /^\d{3,} models, \d+ without a price\. US dollars per million tokens;/m);
});

test('models prints the config’s models first, with what it says of them and without what nobody knows', async () => {
  const { out } = await models([], config);
  const [title, , ...rows] = out.split('\n');
  assert.equal(title, 'Your config');
  assert.match(rows[0] ?? '', /^smart: openai\/gpt-5 .* 1\.25 .* 10\+ /);
  assert.match(rows[1] ?? '', /^own: openai\/mine +8K .* 0\.1 +\? +\? +0\.2\+ +your config$/);
  assert.match(rows[2] ?? '', /^own: openai\/nobody +\? +\? +\? +\? +\? +\? +\? +\? +\?$/);
});

test('words choose the models whose names have them all', async () => {
  const { out } = await models(['CLAUDE', 'sonnet-4-5', 'anthropic/']);
  const names = out.split('\n').filter((line) => line.startsWith('anthropic/'));
  assert.deepEqual(
    names.map((line) => line.split(' ')[0]),
    ['anthropic/claude-sonnet-4-5'],
  );
  assert.equal((await models(['no such model'])).out, 'No model has such a name.\n');
});

test('--json has every price, its source and its day', async () => {
  const { code, out } = await models(['--json', 'gpt-5'], config);
  assert.equal(code, 0);
  const { configured, known } = JSON.parse(out) as Record<'configured' | 'known', readonly Record<string, unknown>[]>;
  assert.equal(configured[0]?.['asked'], 'smart');
  const row = known.find(({ name }) => name === 'openai/gpt-5')?.['known'] as Record<string, unknown>;
  assert.deepEqual(row['prices'], { input: '1.25', output: '10', cacheRead: '0.125' });
  assert.match(String(row['source']), /^https:\/\//);
  assert.match(String(row['asOf']), /^20\d\d-\d\d-\d\d$/);
  const own = JSON.parse((await models(['--json', 'mine'], config)).out) as Record<
    string,
    readonly Record<string, unknown>[]
  >;
  const [mine] = own['configured'] ?? [];
  assert.deepEqual((mine?.['known'] as Record<string, unknown> | undefined)?.['prices'], {
    input: '0.1',
    output: '0.2',
  });
  assert.equal(mine?.['overridden'], true);
});

test('without the plugin in the config the lists are told all the same', async () => {
  const { out } = await models(['gpt-5'], config.replace(/ {2}- use: catalogue\n.*\n/, ''));
  assert.match(out, /^smart: openai\/gpt-5 .* 1\.25 /m);
});

test('an unknown option is told with the usage, and --help is the usage', async () => {
  const wrong = await models(['--all']);
  assert.equal(wrong.code, 64);
  assert.match(wrong.err, /Unknown option '--all'[^]*Usage: tapgate models/);
  assert.equal(wrong.out, '');
  const help = await models(['--help']);
  assert.equal(help.code, 0);
  assert.match(help.out, /^Usage: tapgate models \[words/);
});
