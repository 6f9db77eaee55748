import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { bodyOf, textBody } from './body.ts';
import { estimateTokens } from './estimate-tokens.ts';

const body = (content: unknown) => textBody(JSON.stringify({ model: 'm', messages: [{ role: 'user', content }] }));

test('a prompt is about a token for each four bytes', () => {
  assert.equal(estimateTokens(textBody('word '.repeat(400))), 500);
  assert.equal(estimateTokens(textBody('')), 0);
});

test('a picture in base64 counts as one picture, not as its bytes', () => {
  const picture = randomBytes(3_000_000).toString('base64');
  const tokens = estimateTokens(body([{ type: 'image_url', image_url: { url: `data:image/png;base64,${picture}` } }]));
  assert.ok(tokens > 1500 && tokens < 1600, String(tokens));
});

test('words that follow each other without a break are words', () => {
  const words = 'lorem ipsum dolor '.repeat(5000);
  assert.equal(estimateTokens(textBody(words)), words.length / 4);
});

test('it is the same however the body came in chunks', () => {
  const bytes = Buffer.from(
    JSON.stringify({ text: 'some words', file: randomBytes(4000).toString('base64'), more: 'x' }),
  );
  const whole = estimateTokens(bodyOf(bytes));
  fc.assert(
    fc.property(fc.array(fc.nat(bytes.length), { maxLength: 8 }), (cuts) => {
      const places = [0, ...cuts.toSorted((one, other) => one - other), bytes.length];
      const chunks = places.slice(1).map((end, at) => bytes.subarray(places[at], end));
      assert.equal(estimateTokens(bodyOf(...chunks)), whole);
    }),
  );
});
