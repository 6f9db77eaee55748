import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { Seal } from '@tapgate/core';
import { readSignature, signatureBefore, signatureOf } from './seal-tag.ts';

const plain = { noNullPrototype: true };
const origin = fc.record(
  { dialect: fc.constantFrom('anthropic-messages', 'openai-responses'), provider: fc.string(), model: fc.string() },
  plain,
);
const seal: fc.Arbitrary<Seal> = fc.record(
  {
    origin,
    form: fc.constantFrom('signature', 'encrypted', 'redacted'),
    value: fc.string({ unit: 'binary', maxLength: 60 }),
  },
  plain,
);
const urlSafe = (text: string): string => text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');

test('a foreign seal comes back as it was, in either alphabet of base64', () => {
  fc.assert(
    fc.property(seal, (one) => {
      const signature = signatureOf(one, { itemId: 'rs_1', summary: true });
      for (const text of [signature, urlSafe(signature)]) {
        assert.deepEqual(readSignature(text), { seal: one, itemId: 'rs_1', summary: true });
      }
    }),
  );
});

test('reasoning that is carried by a call comes back whole', () => {
  fc.assert(
    fc.property(seal, fc.string(), (one, text) => {
      const before = { kind: 'reasoning' as const, text, itemId: 'rs_1', seal: one };
      assert.deepEqual(readSignature(signatureBefore(before) ?? ''), { before });
    }),
  );
});

test('a signature of this vendor is not touched, nor one that only begins like a tag', () => {
  const own: Seal = {
    origin: { dialect: 'google-generate', provider: 'google' },
    form: 'signature',
    value: 'EpwICpkI+/=',
  };
  assert.equal(signatureOf(own), own.value);
  for (const value of ['EpwICpkI', 'dGFwZ2F0ZTo=', 'dGFwZ2F0ZTpub3RqNON=', 'dGFwZ2F0ZT']) {
    assert.deepEqual(
      readSignature(value),
      { seal: { origin: { dialect: 'google-generate' }, form: 'signature', value } },
      value,
    );
  }
});
