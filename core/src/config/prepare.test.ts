import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { Secret } from '../secret.ts';
import { pathKey } from './config-path.ts';
import { prepare, type Prepared } from './prepare.ts';
import type { Schema } from './visit-schema.ts';

const schema: Schema = {
  type: 'object',
  properties: {
    count: { type: 'integer', minimum: 1, default: 3, description: 'How many.' },
    loud: { type: 'boolean', description: 'Whether it is loud.' },
    name: { type: 'string', description: 'A name.' },
    either: { anyOf: [{ type: 'integer' }, { type: 'string' }], description: 'A number or a name.' },
    apiKey: { type: 'string', secret: true, minLength: 3, description: 'The key.' },
    keys: { type: 'array', items: { $ref: '#/$defs/key' }, description: 'Keys.' },
    inner: {
      type: 'object',
      default: {},
      properties: { level: { enum: ['low', 'high'], default: 'low', description: 'The level.' } },
      additionalProperties: false,
      description: 'Inside.',
    },
  },
  additionalProperties: false,
  $defs: {
    key: {
      type: 'object',
      properties: { value: { type: 'string', secret: true } },
      required: ['value'],
      additionalProperties: false,
    },
  },
};

function prepared(
  value: unknown,
  placeholders: Record<string, string> = {},
  env: Record<string, string> = {},
  by = schema,
): Prepared {
  return prepare(by, value, {
    about: { path: ['plugins', 0, 'options'], plugin: 'shop' },
    sources: { env, folder: '/' },
    placeholder: (path) => placeholders[pathKey(path)],
  });
}

const messages = ({ errors }: Prepared): string[] => errors.map(({ message }) => message);

test('defaults are filled in, also inside a section that is not there', () => {
  assert.deepEqual(prepared({}).value, { count: 3, inner: { level: 'low' } });
  assert.deepEqual(prepared({ inner: { level: 'high' }, count: 1 }).value, { count: 1, inner: { level: 'high' } });
});

test('a value that is given is never changed', () => {
  const given = Object.freeze({ inner: Object.freeze({}) });
  prepared(given);
  assert.deepEqual(given, { inner: {} });
});

test('text from a variable becomes the number or truth that belongs there', () => {
  const result = prepared(
    { count: '12', loud: 'true', name: '12', either: '12' },
    { '["count"]': '${A}', '["loud"]': '${B}', '["name"]': '${C}', '["either"]': '${D}' },
  );
  assert.deepEqual(result.value, { count: 12, loud: true, name: '12', either: '12', inner: { level: 'low' } });
  assert.deepEqual(result.errors, []);
});

test('text from a variable that is no such number is a mistake that names the variable and not its value', () => {
  const result = prepared({ count: 'canary' }, { '["count"]': '${COUNT}' });
  assert.deepEqual(messages(result), [
    'The option "count" of "shop" must be a whole number; this is what ${COUNT} gives.',
  ]);
});

test('a number in quotes in the file is text, and the cure says so', () => {
  const [error] = prepared({ count: '12' }).errors;
  assert.equal(error?.message, 'The option "count" of "shop" must be a whole number; this is text.');
  assert.match(error?.cure ?? '', /^Leave the quotes out\./);
});

test('what the schema marks secret becomes a Secret, literal or not, at any depth', () => {
  const value = prepared({ apiKey: 'abc', keys: [{ value: 'def' }] }).value as {
    apiKey: Secret;
    keys: { value: Secret }[];
  };
  assert.ok(value.apiKey instanceof Secret);
  assert.equal(value.apiKey.reveal(), 'abc');
  assert.equal(value.keys[0]?.value.reveal(), 'def');
  assert.equal(
    JSON.stringify(value),
    '{"apiKey":"[secret]","keys":[{"value":"[secret]"}],"count":3,"inner":{"level":"low"}}',
  );
});

test('a Secret that is given is validated as the text it holds, and stays one', () => {
  assert.deepEqual(messages(prepared({ apiKey: new Secret('x') })), [
    'The option "apiKey" of "shop" must have at least 3 characters.',
  ]);
  const { value } = prepared({ name: new Secret('abc') });
  assert.ok((value as { name: unknown }).name instanceof Secret);
});

test('preparing twice gives what preparing once gave', () => {
  const options = fc.record(
    {
      count: fc.integer({ min: 1 }),
      loud: fc.boolean(),
      name: fc.string(),
      either: fc.oneof(fc.integer(), fc.string()),
      apiKey: fc.string({ minLength: 3 }),
      keys: fc.array(fc.record({ value: fc.constantFrom('${A}', 'x', '') }), { maxLength: 3 }),
      inner: fc.record({ level: fc.constantFrom('low', 'high') }, { requiredKeys: [] }),
    },
    { requiredKeys: [] },
  );
  const revealed = (value: unknown): string =>
    JSON.stringify(value, function (this: Record<string, unknown>, key, shown: unknown) {
      const own = this[key];
      return own instanceof Secret ? { secret: own.reveal() } : shown;
    });
  fc.assert(
    fc.property(options, (given) => {
      const once = prepared(given);
      const twice = prepared(once.value);
      assert.deepEqual(messages(once), []);
      assert.equal(revealed(twice.value), revealed(once.value));
    }),
  );
});

const keyed: Schema = {
  type: 'object',
  properties: {
    apiKey: { type: 'string', secret: true, default: '${SHOP_KEY}', description: 'The key.' },
    region: { type: 'string', default: '${SHOP_REGION:-}', description: 'The region.' },
  },
  required: ['apiKey'],
  additionalProperties: false,
};

test('a default may be a variable; one that may be empty is left out when it is', () => {
  const { value, errors } = prepared({}, {}, { SHOP_KEY: 'abc' }, keyed);
  assert.deepEqual(errors, []);
  assert.deepEqual(Object.keys(value as object), ['apiKey']);
  assert.equal((value as { apiKey: Secret }).apiKey.reveal(), 'abc');
});

test('a default whose variable is not set is one mistake that names plugin, option and variable', () => {
  const { errors } = prepared({}, {}, {}, keyed);
  assert.deepEqual(
    errors.map(({ code, message }) => [code, message]),
    [
      [
        'CONFIG_VARIABLE_UNSET',
        'The environment variable SHOP_KEY is not set, or empty. The plugin "shop" takes "apiKey" from it.',
      ],
    ],
  );
  assert.equal(errors[0]?.cure, 'Set it, or write "apiKey" here.');
});

test('a default within one of several forms is not filled in, because nobody knows which was meant', () => {
  const either: Schema = {
    type: 'object',
    anyOf: [
      { properties: { a: { type: 'integer', default: 1 } } },
      { properties: { b: { type: 'integer', default: 2 } } },
    ],
  };
  assert.deepEqual(prepared({}, {}, {}, either).value, {});
});

test('what is given to several schemas at once is one mistake, of the one that was meant', () => {
  const either: Schema = {
    type: 'object',
    properties: { model: { anyOf: [{ type: 'string' }, { $ref: '#/$defs/one' }], description: 'A model.' } },
    $defs: {
      one: {
        type: 'object',
        properties: { name: { type: 'string' }, size: { type: 'integer' } },
        required: ['name'],
        additionalProperties: false,
      },
    },
  };
  assert.deepEqual(messages(prepared({ model: { name: 'a', size: 'b' } }, {}, {}, either)), [
    'The option "model.size" of "shop" must be a whole number; this is text.',
  ]);
  assert.deepEqual(messages(prepared({ model: 4 }, {}, {}, either)), [
    'The option "model" of "shop" must be text or a map of keys; this is a whole number.',
  ]);
});
