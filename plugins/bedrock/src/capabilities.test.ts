import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { converseCapabilities } from './capabilities.ts';
import { modelAbilities } from './model-abilities.ts';

const consulted = /able\['(\w+)'\]|(?:wordOf|listOf)\((?:writing\.)?able, '(\w+)'\)/g;

test('every capability that is consulted is in the table, and every other is not', () => {
  const names = new Set<string>(['images', 'files', 'video', 'audio']);
  for (const file of globSync('**/*.ts', { cwd: import.meta.dirname })) {
    if (file.endsWith('.test.ts')) continue;
    const text = readFileSync(`${import.meta.dirname}/${file}`, 'utf8');
    for (const [, one, other] of text.matchAll(consulted)) names.add(one ?? other ?? '');
  }
  assert.deepEqual([...names].toSorted(), Object.keys(converseCapabilities).toSorted());
});

test('what is known of models is said in the words of the table', () => {
  for (const model of [
    'anthropic.claude-instant-v1',
    'us.anthropic.claude-3-7-sonnet-20250219-v1:0',
    'eu.anthropic.claude-opus-4-1-20250805-v1:0',
    'global.anthropic.claude-opus-5-5-v1:0',
    'amazon.nova-2-lite-v1:0',
    'mistral.mixtral-8x7b-instruct-v0:1',
    'openai.gpt-oss-20b-1:0',
    'nobody.knows-v1',
  ]) {
    for (const [name, value] of Object.entries(modelAbilities(model))) {
      const row = converseCapabilities[name];
      assert.ok(row, `${model}: ${name}`);
      const values = [value].flat().filter((one) => typeof one === 'string');
      for (const one of values) if (row.values) assert.ok(row.values.includes(one), `${model}: ${name} ${one}`);
    }
  }
});

test('the maker of a model is in its id, behind a region and in an ARN', () => {
  for (const [model, vendor] of [
    ['amazon.nova-pro-v1:0', 'amazon'],
    ['us-gov.anthropic.claude-3-haiku-20240307-v1:0', 'anthropic'],
    ['arn:aws:bedrock:us-east-1::foundation-model/meta.llama3-8b-instruct-v1:0', 'meta'],
    ['arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc', undefined],
  ] as const)
    assert.equal(modelAbilities(model)['vendor'], vendor, model);
});
