import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { isOwnSeal, readTag, tagOf } from './seal-tag.ts';

test('a foreign seal comes back from its tag byte for byte', () => {
  const text = fc.string({ unit: 'grapheme' });
  const plain = { noNullPrototype: true };
  const seal = fc.record(
    {
      origin: fc.record({ dialect: text.filter(Boolean), provider: text.filter(Boolean) }, plain),
      form: fc.constantFrom('signature' as const, 'encrypted' as const, 'redacted' as const),
      value: text,
    },
    plain,
  );
  fc.assert(
    fc.property(seal, text, (one, itemId) => {
      const tagged = { seal: one, ...(itemId !== '' && { itemId }), summary: true as const };
      assert.deepEqual(readTag(tagOf(tagged)), tagged);
    }),
  );
});

test('a block without a seal is marked too, so that it never passes for a signed one', () => {
  assert.deepEqual(readTag(tagOf({})), {});
});

test('a tag that somebody damaged says nothing and breaks nothing', () => {
  for (const text of ['~tapgate:', '~tapgate:.', '~tapgate:!!.x', '~tapgate:e30.x', '~tapgate:WyJhIl0.x'])
    assert.deepEqual(readTag(text), {});
});

test('a real signature is no tag', () => {
  assert.equal(readTag('ErUBCkYIAxgCIkCVMJe9kQ'), undefined);
});

test('a seal of this dialect is its own whichever provider gave it', () => {
  const own = { dialect: 'anthropic-messages', provider: 'vertex' };
  assert.equal(isOwnSeal({ origin: own, form: 'signature', value: 'x' }), true);
  assert.equal(isOwnSeal({ origin: own, form: 'signature', value: '' }), false);
  assert.equal(isOwnSeal({ origin: { dialect: 'openai-responses' }, form: 'encrypted', value: 'x' }), false);
});
