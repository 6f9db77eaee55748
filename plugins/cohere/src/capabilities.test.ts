import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { cohereCapabilities } from './capabilities.ts';
import { commandAbilities } from './command-abilities.ts';

const consulted = /able\['(\w+)'\]|(?:wordOf|listOf)\((?:writing\.)?able, '(\w+)'\)/g;

test('every capability that is consulted is in the table, and every other is not', () => {
  const names = new Set<string>();
  for (const file of globSync('**/*.ts', { cwd: import.meta.dirname })) {
    if (file.endsWith('.test.ts')) continue;
    const text = readFileSync(`${import.meta.dirname}/${file}`, 'utf8');
    for (const [, one, other] of text.matchAll(consulted)) names.add(one ?? other ?? '');
  }
  assert.deepEqual([...names].toSorted(), Object.keys(cohereCapabilities).toSorted());
});

test('what is known of models is said in the words of the table, and nothing of one that nobody knows', () => {
  for (const model of [
    'command-r7b-12-2024',
    'command-a-reasoning-08-2025',
    'command-a-vision-07-2025',
    'c4ai-aya-vision-8b',
  ])
    for (const name of Object.keys(commandAbilities(model))) assert.ok(name in cohereCapabilities, `${model}: ${name}`);
  assert.equal(commandAbilities('command-a-reasoning-08-2025')['reasoning'], true);
  assert.equal(commandAbilities('command-r-plus')['reasoning'], false);
  assert.deepEqual(commandAbilities('command-z-2030'), {});
});
