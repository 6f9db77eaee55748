import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

const root = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'tapgate-new-provider-'));
after(() => rmSync(folder, { recursive: true, force: true }));

for (const file of ['tools/new-provider.mjs', 'plugins/groq/package.json']) {
  mkdirSync(join(folder, file, '..'), { recursive: true });
  cpSync(join(root, file), join(folder, file));
}
symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));

const run = (...args: string[]): string => {
  // A test run within a test run would report to it.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  return execFileSync(process.execPath, args, { cwd: folder, env, encoding: 'utf8', stdio: 'pipe' });
};
const made = (name: string, ...more: string[]): any => {
  run('tools/new-provider.mjs', name, ...more);
  return JSON.parse(readFileSync(join(folder, 'plugins', name, 'package.json'), 'utf8'));
};

test('a new provider that speaks the OpenAI API is one row, and its contracts pass as they are written', () => {
  const manifest = made('nova', 'Nova', 'https://api.nova.example/v1', 'NOVA_API_KEY');
  assert.equal(manifest.name, '@tapgate/nova');
  assert.deepEqual(manifest.tapgate.env, ['NOVA_API_KEY']);
  const told = run('--conditions=@tapgate/source', '--test', '--test-reporter=tap', 'plugins/nova/src/index.test.ts');
  assert.match(told, /# fail 0/);
  assert.match(told, /# pass [1-9]\d/);
});

test('one without a key has none, and a title is a title whatever its letters', () => {
  const manifest = made('keyless', "Key's \\ Home", 'https://keyless.example/v1');
  assert.equal(manifest.tapgate.env, undefined);
  const source = readFileSync(join(folder, 'plugins/keyless/src/index.ts'), 'utf8');
  assert.match(source, /title: "Key's \\\\ Home",/);
  assert.throws(() => made('No Name', 'Nobody', 'https://nobody.example/v1'), /small letters/);
});
