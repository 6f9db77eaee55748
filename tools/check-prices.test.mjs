import assert from 'node:assert/strict';
import { test } from 'node:test';
import { vendors } from '../plugins/catalogue/src/models/index.ts';
import { complaints } from './check-prices.mjs';

const today = '2026-11-25';
const good = {
  name: 'm',
  contextWindow: 1000,
  maxOutputTokens: 100,
  prices: {
    input: '1',
    output: '5',
    cacheRead: '0.1',
    cacheWrite: '1.25',
    cacheWrite1h: '2',
    above: [{ tokens: 200, input: '2', output: '10' }],
  },
  source: 'https://example.com/prices',
  asOf: '2026-11-01',
};

/** @param {object} changed */
const told = (changed) => complaints([{ name: 'v', models: [{ ...good, ...changed }] }], today);

test('the lists are sorted, dated, have their sources, and prices that can be', () => {
  assert.deepEqual(complaints(vendors, new Date().toISOString().slice(0, 10)), []);
});

test('a good row is let pass', () => assert.deepEqual(told({}), []));

/** @type {[string, object, RegExp][]} */
const broken = [
  ['without a source', { source: '' }, /source/],
  ['from a page that nobody else can see', { source: 'file:///prices' }, /source/],
  ['without a day', { asOf: 'yesterday' }, /no day/],
  ['of tomorrow', { asOf: '2026-11-26' }, /no day/],
  ['with a price that is no decimal', { prices: { input: '1e3', output: '5' } }, /price "1e3"/],
  ['with a price per token in place of a million', { prices: { input: '3000', output: '15000' } }, /price "3000"/],
  ['that asks more for cached tokens', { prices: { input: '1', output: '5', cacheRead: '10' } }, /cache gives/],
  ['that gives cache writes away', { prices: { input: '1', output: '5', cacheWrite: '0.1' } }, /written to a cache/],
  ['with input and output exchanged', { prices: { input: '5', output: '1' } }, /much less/],
  [
    'that is cheaper for longer prompts',
    { prices: { input: '5', output: '10', above: [{ tokens: 1, input: '1', output: '5' }] } },
    /cheaper/,
  ],
  ['with a factor of a hundred', { tiers: { fast: { times: '100' } } }, /factor/],
  ['that writes more than it holds', { maxOutputTokens: 2000 }, /more than its context/],
  [
    'with hours backwards',
    { hours: [{ days: [1], from: 10, until: 6, prices: { input: '1', output: '2' } }] },
    /hours/,
  ],
  ['with a change on no day', { changes: [{ from: 'soon', prices: { input: '1', output: '2' } }] }, /no day/],
];

for (const [what, changed, said] of broken)
  test(`a row ${what} is told`, () => {
    const found = told(changed);
    assert.equal(found.length > 0, true);
    assert.match(found.join(' '), said);
  });

test('names out of order and names that are there twice are told', () => {
  const models = ['b', 'a', 'a'].map((name) => ({ ...good, name }));
  assert.equal(complaints([{ name: 'v', models }], today).length, 3);
});
