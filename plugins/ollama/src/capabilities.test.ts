import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { ollamaCapabilities } from './capabilities.ts';

const consulted = /able\['(\w+)'\]/g;

test('every capability that is consulted is in the table, and every other is not', () => {
  const names = new Set<string>();
  for (const file of globSync('**/*.ts', { cwd: import.meta.dirname })) {
    if (file.endsWith('.test.ts')) continue;
    const text = readFileSync(`${import.meta.dirname}/${file}`, 'utf8');
    for (const [, name = ''] of text.matchAll(consulted)) names.add(name);
  }
  assert.deepEqual([...names].toSorted(), Object.keys(ollamaCapabilities).toSorted());
});
