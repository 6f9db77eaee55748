import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { messagesCapabilities } from './capabilities.ts';
import { claudeAbilities } from './claude-abilities.ts';

const folder = fileURLToPath(new URL('.', import.meta.url));
const sources = globSync('*.ts', { cwd: folder })
  .filter((file) => !file.endsWith('.test.ts') && file !== 'capabilities.ts')
  .map((file) => readFileSync(folder + file, 'utf8'));

test('the table has every capability that is asked for, and no other', () => {
  const asked = new Set(
    sources.flatMap((source) =>
      [...source.matchAll(/able(?:\['(\w+)'\]|, '(\w+)')/g)].map(([, one, other]) => one ?? other ?? ''),
    ),
  );
  for (const [, name] of sources.join('\n').matchAll(/\{ (jsonSchema) \} = writing\.able/g)) asked.add(name ?? '');
  assert.deepEqual([...asked].toSorted(), Object.keys(messagesCapabilities).toSorted());
});

test('the table of models uses the same names', () => {
  const known = new Set(Object.keys(messagesCapabilities));
  for (const model of ['claude-3-haiku', 'claude-sonnet-4-5', 'claude-opus-4-6', 'claude-fable-5', 'claude-opus-5-5']) {
    for (const name of Object.keys(claudeAbilities(model))) assert.ok(known.has(name), name);
  }
});
