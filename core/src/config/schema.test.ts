import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { defaultConfig } from './config.ts';
import { isMap, valueAt } from './config-path.ts';
import { configErrors } from './config-error.ts';
import { coreSchema, sections } from './core-schema.ts';
import { completeConfig } from './normalise.ts';
import { composeSchema } from './schema.ts';
import type { Schema } from './visit-schema.ts';

const shop = {
  names: ['shop', '@tapgate/shop'],
  description: 'A shop.',
  schema: {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: 'https://example.com/shop',
    type: 'object',
    properties: {
      apiKey: { type: 'string', secret: true, default: '${SHOP_KEY}', description: 'The key.' },
      attempts: { type: 'integer', minimum: 1, description: 'How often.' },
      shelves: { type: 'array', items: { $ref: '#/$defs/shelf' }, description: 'Shelves.' },
    },
    required: ['apiKey'],
    additionalProperties: false,
    $defs: { shelf: { type: 'object', properties: { name: { type: 'string' } }, additionalProperties: false } },
  },
};
const stall = {
  names: ['@anyone/tapgate-stall'],
  schema: {
    type: 'object',
    properties: { baseUrl: { type: 'string' } },
    required: ['baseUrl'],
    additionalProperties: false,
  },
};
const composed = composeSchema([shop, stall]);

function accepts(config: unknown): boolean {
  const ajv = new Ajv2020({
    strict: true,
    strictTypes: false,
    strictRequired: false,
    allowUnionTypes: true,
    keywords: ['secret'],
  });
  return ajv.validate(composed, config);
}

test('the composed schema is itself valid, and strict about its own words', () => {
  assert.ok(accepts({}));
});

test('the composed schema takes every shorthand that people may write', () => {
  const good: unknown[] = [
    { $schema: './tapgate.schema.json' },
    { plugins: ['shop', '@tapgate/shop', './mine.ts', 'other'] },
    { plugins: [{ use: 'shop', options: { attempts: 2, shelves: [{ name: 'a' }] }, when: { models: ['a*'] } }] },
    { plugins: [{ use: 'shop', id: 'two', options: { attempts: '${ATTEMPTS}' } }] },
    { plugins: [{ use: './mine.ts', options: { anything: [1] } }] },
    {
      models: {
        a: ['shop/b', { provider: 'shop', model: 'c', weight: 2 }],
        b: { targets: ['shop/b#eu'], hidden: '${HIDDEN}' },
      },
    },
    { server: { port: '${PORT:-1}', insecure: '${OPEN}' }, log: { level: '${LEVEL}' }, unsupported: 'drop' },
    { server: null, plugins: null, models: null },
  ];
  for (const config of good) assert.ok(accepts(config), JSON.stringify(config));
});

test('the composed schema refuses what loading would refuse', () => {
  const bad: unknown[] = [
    { server: { prot: 1 } },
    { server: { port: 'high' } },
    { plugins: [{ use: 'shop', options: { atempts: 2 } }] },
    { plugins: [{ use: '@tapgate/shop', options: { shelves: [{ nam: 'a' }] } }] },
    { plugins: [{ use: '@anyone/tapgate-stall' }] },
    { plugins: [{ options: {} }] },
    { models: { a: ['b'] } },
    { models: { a: { target: [] } } },
    { models: { a: [] } },
  ];
  for (const config of bad) assert.ok(!accepts(config), JSON.stringify(config));
});

/** Every schema of an object or of one of its properties, with its path. */
function walk(schema: unknown, path: string, see: (schema: Schema, path: string) => void): void {
  if (!isMap(schema)) return;
  see(schema, path);
  const properties = isMap(schema['properties']) ? Object.entries(schema['properties']) : [];
  for (const [name, inner] of properties) walk(inner, `${path}.${name}`, see);
  for (const keyword of ['items', 'additionalProperties']) walk(schema[keyword], `${path}.${keyword}`, see);
}

test('every property of the config has a description, and no object takes a key that is not named', () => {
  for (const [name, section] of Object.entries(sections)) {
    walk(section, name, (schema, path) => {
      if (!/\.(items|additionalProperties)$/.test(path)) assert.equal(typeof schema['description'], 'string', path);
      if (isMap(schema['properties'])) assert.equal(schema['additionalProperties'], false, path);
    });
  }
});

test('the schema and the defaults in code are the same, key by key', () => {
  assert.deepEqual(completeConfig(), defaultConfig);
  for (const section of ['server', 'limits', 'upstream', 'log'] as const) {
    const named = Object.keys(valueAt(coreSchema, ['properties', section, 'properties']) as object);
    for (const key of Object.keys(defaultConfig[section])) assert.ok(named.includes(key), `${section}.${key}`);
  }
});

test('a config written in a program is completed, and its mistakes are told', () => {
  const config = completeConfig({ models: { a: ['shop/b'] }, unsupported: 'drop' });
  assert.deepEqual(config.models['a'], { targets: [{ provider: 'shop', model: 'b' }], unsupported: 'drop' });
  assert.throws(() => completeConfig({ server: { port: -2 } }), /"server.port" must be at least 0/);
});

test('every code has a reason and a cure, and their values have names that are filled in', () => {
  for (const [code, [why, cure]] of Object.entries(configErrors.rows)) {
    assert.match(code, /^[A-Z]+(_[A-Z]+)+$/);
    assert.ok(why.length > 0 && cure.length > 0, code);
  }
  const { message, cure } = configErrors.PLUGIN_DUPLICATE_ID({ id: 'shop' });
  assert.deepEqual([message.includes('"shop"'), cure.includes('id: shop-2')], [true, true]);
});
