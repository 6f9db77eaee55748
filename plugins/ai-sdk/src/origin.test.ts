import assert from 'node:assert/strict';
import { test } from 'node:test';
import { metadataIn, sealOf } from './origin.ts';

const metadata = { thing: { signature: 'sealed' } };

test('what a package tells of a part comes back to its provider, and to no other', () => {
  const seal = sealOf(metadata, 'tail', 'm');
  assert.deepEqual(metadataIn(seal, 'tail'), metadata);
  assert.equal(metadataIn(seal, 'other'), undefined);
  assert.equal(
    metadataIn(
      { origin: { dialect: 'elsewhere', provider: 'tail' }, form: 'signature', value: '{"thing":{}}' },
      'tail',
    ),
    undefined,
  );
});

test('what a client made of it is no metadata, and nothing breaks', () => {
  for (const value of ['', '[]', '3', 'null', '{"thing"'])
    assert.equal(
      metadataIn({ origin: { dialect: 'ai-sdk', provider: 'tail' }, form: 'signature', value }, 'tail'),
      undefined,
    );
});

test('what says nothing is not sealed', () => {
  assert.equal(sealOf(undefined, 'tail', 'm'), undefined);
  assert.equal(sealOf({ thing: { itemId: null } }, 'tail', 'm'), undefined);
});
