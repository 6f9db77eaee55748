import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RawJson, readJson, type Loss } from '@tapgate/core';
import { fromOpenApi } from './from-open-api.ts';
import { toOpenApi } from './to-open-api.ts';

const raw = (text: string): RawJson => new RawJson(text, readJson(text));

function written(schema: object): { readonly schema: unknown; readonly losses: readonly Loss[] } {
  const losses: Loss[] = [];
  return { schema: toOpenApi(readJson(JSON.stringify(schema)), 's', (loss) => losses.push(loss)), losses };
}

test('a schema in the API’s words is JSON Schema in others', () => {
  const text =
    '{"type":"OBJECT","properties":{"b":{"type":"STRING","nullable":true,"enum":["x"]},"a":{"type":"ARRAY","min_items":"2","items":{"any_of":[{"type":"INTEGER"}]}}},"propertyOrdering":["b","a"],"required":["b"]}';
  assert.equal(
    fromOpenApi(raw(text)).text,
    '{"type":"object","properties":{"b":{"type":["string","null"],"enum":["x",null]},"a":{"type":"array","minItems":2,"items":{"anyOf":[{"type":"integer"}]}}},"required":["b"]}',
  );
});

test('a schema that is JSON Schema already keeps its text', () => {
  const schema = raw('{ "type": "object", "properties": { "type": { "type": "string" } }, "x": 1.0 }');
  assert.equal(fromOpenApi(schema), schema);
});

test('references are put in where they point, with what stands beside them', () => {
  const { schema, losses } = written({
    $defs: { name: { type: 'string', minLength: 1 } },
    type: 'object',
    properties: { first: { $ref: '#/$defs/name', description: 'First' }, last: { $ref: '#/$defs/name' } },
  });
  assert.deepEqual(schema, {
    type: 'OBJECT',
    properties: {
      first: { type: 'STRING', minLength: 1, description: 'First' },
      last: { type: 'STRING', minLength: 1 },
    },
  });
  assert.deepEqual(losses, []);
});

test('what the subset has no word for is told by its path', () => {
  const { losses } = written({
    type: 'object',
    properties: {
      n: { type: 'integer', exclusiveMinimum: 0 },
      e: { enum: [1, 2] },
      o: { oneOf: [{ type: 'string' }, { not: {} }] },
    },
    patternProperties: {},
  });
  assert.deepEqual(
    losses.map(({ field }) => field),
    ['s.properties.n.exclusiveMinimum', 's.properties.e.enum', 's.properties.o.oneOf[1].not', 's.patternProperties'],
  );
});

test('a reference to nothing, to itself, or to what doubles without end is a contract', () => {
  const contracts = (schema: object): readonly string[] =>
    written(schema)
      .losses.filter(({ contract }) => contract)
      .map(({ field }) => field);
  assert.deepEqual(contracts({ $ref: '#/$defs/none' }), ['s.$ref']);
  assert.deepEqual(contracts({ $defs: { a: { $ref: '#/$defs/b' }, b: { $ref: '#/$defs/a' } }, $ref: '#/$defs/a' }), [
    's.$ref',
  ]);
  const $defs = Object.fromEntries(
    Array.from({ length: 30 }, (_, at) => [
      `d${at}`,
      { properties: { l: { $ref: `#/$defs/d${at + 1}` }, r: { $ref: `#/$defs/d${at + 1}` } } },
    ]),
  );
  assert.equal(contracts({ $defs: { ...$defs, d30: {} }, $ref: '#/$defs/d0' }).length, 1);
});

test('a name like a prototype’s is a name like any other', () => {
  const schema = readJson(
    '{"type":"object","properties":{"__proto__":{"type":"string"},"constructor":{"type":"string"}}}',
  );
  const result = toOpenApi(schema, 's', () => {});
  assert.equal(
    JSON.stringify(result),
    '{"type":"OBJECT","properties":{"__proto__":{"type":"STRING"},"constructor":{"type":"STRING"}}}',
  );
});
