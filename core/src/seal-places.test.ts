import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tagSealsIn, type SealPlaces } from './seal-places.ts';

const places: SealPlaces = {
  answers: [
    { path: ['a', 'seal'], form: 'signature' },
    { path: ['b', 'seal'], form: 'encrypted', dialect: 'other' },
  ],
  members: ['"seal"'],
  tag: '~',
  tagged: ({ origin, form, value }) => `~${origin.dialect}/${origin.realm}/${form}:${value}`,
};
const origin = { dialect: 'd', realm: 'r' };

test('seals are tagged with whose they are; an empty one is none', () => {
  const bytes = Buffer.from('{"a":{"seal":"x"},"b":{"seal":"y"},"c":{"seal":"z"}}');
  assert.equal(
    Buffer.from(tagSealsIn(bytes, places, origin)).toString(),
    '{"a":{"seal":"~d/r/signature:x"},"b":{"seal":"~other/r/encrypted:y"},"c":{"seal":"z"}}',
  );
  for (const text of ['{"a":{"seal":""}}', '{"a":{"other":"x"}}', 'data: [DONE]\n\n']) {
    const same = Buffer.from(text);
    assert.equal(tagSealsIn(same, places, origin), same);
  }
});
