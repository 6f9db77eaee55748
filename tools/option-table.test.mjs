import assert from 'node:assert/strict';
import { test } from 'node:test';
import { optionTable } from './option-table.mjs';

/** The rows alone. @param {Record<string, any>} schema */
const rows = (schema) => optionTable(schema).split('\n').slice(2);

test('an option shows its type, its default and what it is for', () => {
  const schema = {
    properties: {
      attempts: { type: 'integer', minimum: 1, maximum: 9, default: 3, description: 'How often to try.' },
      mode: { enum: ['open', 'closed'], description: 'One | the other.' },
      key: { type: 'string', description: 'The key.' },
    },
    required: ['key'],
  };
  assert.deepEqual(rows(schema), [
    '| `attempts` | integer, 1 to 9 | `3` | How often to try. |',
    '| `mode` | `open`, `closed` |  | One \\| the other. |',
    '| `key` | string | required | The key. |',
  ]);
});

test('options within options are named by their path', () => {
  const price = { type: 'object', properties: { input: { type: 'number', minimum: 0, description: 'Per million.' } } };
  const schema = {
    $defs: { price },
    properties: {
      prices: { type: 'object', additionalProperties: { $ref: '#/$defs/price' }, description: 'By model.' },
      steps: {
        type: 'array',
        items: { type: 'object', properties: { to: { type: 'string', description: 'Where.' } } },
      },
      either: { oneOf: [{ const: false }, { $ref: '#/$defs/price' }], description: 'Or none.' },
    },
  };
  assert.deepEqual(rows(schema), [
    '| `prices` | object |  | By model. |',
    '| `prices.*.input` | number, at least 0 |  | Per million. |',
    '| `steps` | list of object |  |  |',
    '| `steps[].to` | string |  | Where. |',
    '| `either` | `false`, or object |  | Or none. |',
    '| `either.input` | number, at least 0 |  | Per million. |',
  ]);
});

test('a plugin without options says so', () => {
  assert.equal(optionTable({ type: 'object', additionalProperties: false }), 'It has no options.');
});
