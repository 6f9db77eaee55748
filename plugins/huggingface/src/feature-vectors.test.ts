import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesOf, type GatewayError, textBody } from '@tapgate/core';
import { type FeaturesAsked, featuresAsked, writeVectors } from './feature-vectors.ts';

const asked = (body: object): FeaturesAsked => featuresAsked('hf/m', textBody(JSON.stringify(body)));
const sent = (body: object): unknown => JSON.parse(Buffer.from(bytesOf(asked(body).body)).toString());
const written = (body: object, answer: unknown): any =>
  JSON.parse(Buffer.from(writeVectors('hf', 'm', asked(body), Buffer.from(JSON.stringify(answer)))).toString());

test('texts become inputs, and what only this place knows goes with them', () => {
  assert.deepEqual(sent({ model: 'm', input: 'a', encoding_format: 'base64', user: 'u' }), { inputs: 'a' });
  assert.deepEqual(sent({ input: ['a', 'b'], normalize: true, prompt_name: 'query', dimensions: null }), {
    inputs: ['a', 'b'],
    normalize: true,
    prompt_name: 'query',
  });
});

test('what a pipeline cannot do is refused by name', () => {
  const field = (body: object): string | undefined => {
    try {
      asked(body);
    } catch (error) {
      assert.equal((error as GatewayError).code, 'FIELD_UNSUPPORTED');
      return (error as GatewayError).param;
    }
    return undefined;
  };
  assert.equal(field({ input: 'a', dimensions: 256 }), 'dimensions');
  for (const input of [[1, 2], [[1, 2]], [], 7, null, undefined, { a: 1 }]) assert.equal(field({ input }), 'input');
  assert.throws(() => featuresAsked('hf/m', textBody('[1]')), { code: 'BODY_INVALID' });
});

test('one text is answered with its vector, and several with one each, in their order', () => {
  const one = written({ input: 'four' }, [0.5, -1e-7]);
  assert.deepEqual(one, {
    object: 'list',
    data: [{ object: 'embedding', index: 0, embedding: [0.5, -1e-7] }],
    model: 'm',
    usage: { prompt_tokens: 1, total_tokens: 1 },
  });
  assert.deepEqual(written({ input: 'a' }, [[1, 2]]).data[0].embedding, [1, 2]);
  const two = written({ input: ['aaaaa', 'bbbbb'] }, [[1], [2]]);
  assert.deepEqual([two.data[1].index, two.data[1].embedding, two.usage.prompt_tokens], [1, [2], 3]);
});

test('vectors of tokens are no embeddings, and an error stays one', () => {
  for (const [input, answer] of [
    ['a', [[[1], [2]]]],
    ['a', [[1], [2]]],
    [['a', 'b'], [[1]]],
    [['a'], [1]],
    [['a'], [[]]],
    ['a', []],
  ] as const) {
    assert.throws(() => written({ input }, answer), { code: 'UPSTREAM_MALFORMED' }, JSON.stringify(answer));
  }
  assert.deepEqual(written({ input: 'a' }, { error: 'no' }), { error: 'no' });
});
