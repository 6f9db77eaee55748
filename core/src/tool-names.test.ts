import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { createToolNames } from './tool-names.ts';

const strict = { legal: /^[a-zA-Z0-9_-]+$/, escape: '_' } as const;
const dotted = { legal: /^[A-Za-z_][A-Za-z\d_.:-]*$/, escape: '.' } as const;

test('a legal name stays as it is', () => {
  assert.equal(createToolNames(strict).legal('get_weather-2'), 'get_weather-2');
  assert.equal(createToolNames(dotted).legal('get_weather.v2:x-1'), 'get_weather.v2:x-1');
});

test('a name with dots, slashes and colons becomes legal and comes back', () => {
  const names = createToolNames(strict);
  const name = names.legal('functions.github/search:0');
  assert.match(name, /^[a-zA-Z0-9_-]+$/);
  assert.equal(names.own(name), 'functions.github/search:0');
});

for (const rule of [strict, dotted]) {
  const names = createToolNames(rule);
  const { escape } = rule;

  test(`what was never rewritten is not taken for a rewritten name, with ${escape}`, () => {
    for (const name of ['zz', `${escape}zz`, `a${escape}`, 'get', `${escape}e`].map((end) => `tapgate__${end}`)) {
      assert.equal(names.own(name), name);
      assert.equal(names.own(names.legal(name)), name);
    }
  });

  test(`every name becomes legal, differs from all others, and comes back, with ${escape}`, () => {
    const name = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.stringMatching(/^[\w.:/-]{0,20}$/),
      fc.stringMatching(/^tapgate__[\w.]{0,9}$/),
    );
    fc.assert(
      fc.property(name, name, (one, other) => {
        assert.match(names.legal(one), rule.legal);
        assert.equal(names.own(names.legal(one)), one);
        assert.equal(names.legal(one) === names.legal(other), one === other);
      }),
    );
  });
}
