import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { Seal } from './request.ts';
import { isOwnSeal, readSealTag, readSealText, sealTag, sealText, tagSeal } from './seal-tag.ts';

const plain = { noNullPrototype: true };
const name = fc.string({ unit: 'binary', minLength: 1 });
const origin = fc.record(
  { dialect: name, provider: name, model: name, realm: name },
  { ...plain, requiredKeys: ['dialect'] },
);
const form = fc.constantFrom<Seal['form']>('signature', 'encrypted', 'redacted');
const seal: fc.Arbitrary<Seal> = fc.record({ origin, form, value: fc.string({ unit: 'binary' }) }, plain);

test('a seal comes back from its tag as it was, with its origin and what was noted', () => {
  fc.assert(
    fc.property(seal, fc.dictionary(fc.string(), fc.string(), plain), (one, note) => {
      fc.pre(!Object.hasOwn(note, '__proto__'));
      assert.deepEqual(readSealTag(tagSeal(one, note)), { seal: one, note });
    }),
  );
});

test('a seal of the place at hand stands as it is; one that looks like a tag does not', () => {
  const own: Seal = { origin: { dialect: 'd', provider: 'p' }, form: 'signature', value: 'Er+/=' };
  assert.equal(sealText(own, 'd'), 'Er+/=');
  assert.deepEqual(readSealText('Er+/=', 'd', 'signature'), { seal: { ...own, origin: { dialect: 'd' } }, note: {} });
  const odd = { ...own, value: `${sealTag}x.y` };
  assert.deepEqual(readSealText(sealText(odd, 'd'), 'd', 'signature').seal, odd);
});

test('a seal is one’s own by dialect and realm together', () => {
  const of = (dialect: string, realm?: string): Seal => ({
    origin: { dialect, ...(realm !== undefined && { realm }) },
    form: 'encrypted',
    value: 'x',
  });
  assert.deepEqual(
    [of('d'), of('d', 'elsewhere'), of('e'), undefined].map((one) => isOwnSeal(one, 'd')),
    [true, false, false, false],
  );
});

test('a tag that somebody damaged says nothing and breaks nothing', () => {
  for (const text of ['', '.', '!!.x', 'e30.x', 'WyJhIl0.x', 'WzEsMl0.x', 'WyJzaWduYXR1cmUiLDFd.x', 'bnVsbA.'])
    assert.equal(readSealTag(sealTag + text)?.seal, undefined);
  assert.equal(readSealTag('Er+/='), undefined);
});
