import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { stringify } from 'yaml';
import { ConfigErrors, configErrors } from './config-error.ts';
import type { ConfigPath } from './config-path.ts';
import { readYaml } from './yaml-source.ts';

const key = fc.stringMatching(/^[a-z][a-z0-9]{0,6}$/);
const tree = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.oneof(fc.integer({ min: 0, max: 99 }), fc.constantFrom('text', 'two words', 'it\'s: "odd"', '${NAME}', '')),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(key, tie('value'), { maxKeys: 3, noNullPrototype: true }),
  ),
})).value;

/** Every path to a key of a map, with the key. */
function keysOf(value: unknown, path: ConfigPath = []): { path: ConfigPath; key: string }[] {
  if (Array.isArray(value)) return value.flatMap((item: unknown, at) => keysOf(item, [...path, at]));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => [
    { path: [...path, name], key: name },
    ...keysOf(inner, [...path, name]),
  ]);
}

test('the place of every key is where that key stands in the text, in blocks, in braces and in JSON', () => {
  const writers: ((value: unknown) => string)[] = [
    (value) => stringify(value),
    (value) => stringify(value, { collectionStyle: 'flow', lineWidth: 30 }),
    (value) => JSON.stringify(value, null, '\t'),
  ];
  fc.assert(
    fc.property(
      fc.dictionary(key, tree, { minKeys: 1, maxKeys: 3, noNullPrototype: true }),
      fc.constantFrom(...writers),
      (value, write) => {
        const text = write(value);
        const source = readYaml(text, 'tapgate.yaml', '/');
        assert.deepEqual(source.value, value);
        for (const { path, key: name } of keysOf(value)) {
          const { line, column, excerpt } = source.locate(
            configErrors.CONFIG_UNKNOWN_KEY({}, { path, mark: 'key' }),
            () => true,
          );
          const there = text.split('\n')[(line ?? 0) - 1]?.slice((column ?? 0) - 1) ?? '';
          assert.ok(there.replace(/^"/, '').startsWith(name), `${name} at ${line}:${column} of\n${text}`);
          assert.ok(
            excerpt?.text
              .slice(excerpt.column - 1)
              .replace(/^"/, '')
              .startsWith(name),
          );
        }
      },
    ),
  );
});

test('a path that leads further than the text does is placed as far as it leads', () => {
  const source = readYaml('a:\n  b: [one/two]\n', 'tapgate.yaml', '/');
  const placeOf = (path: ConfigPath): string => {
    const { line, column } = source.locate(configErrors.CONFIG_VALUE({}, { path }), () => true);
    return `${line}:${column}`;
  };
  assert.deepEqual([placeOf(['a', 'b', 0, 'provider']), placeOf(['a', 'c']), placeOf(['d'])], ['2:7', '2:3', '1:1']);
});

test('no text makes the reader throw anything but the mistakes in it', () => {
  const piece = fc.constantFrom(
    'a',
    ':',
    ' ',
    '\n',
    '- ',
    '{',
    '}',
    '[',
    ']',
    '"',
    "'",
    '&x ',
    '*x',
    '!t ',
    '|',
    '>',
    '#',
    '\t',
    '%',
    '?',
    '---',
    '${A}',
    ',',
  );
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join('')),
      (text) => {
        try {
          readYaml(text, 'tapgate.yaml', '/');
        } catch (error) {
          assert.ok(
            error instanceof ConfigErrors && error.errors.length > 0,
            `${JSON.stringify(text)}: ${String(error)}`,
          );
        }
      },
    ),
    { numRuns: 500 },
  );
});
