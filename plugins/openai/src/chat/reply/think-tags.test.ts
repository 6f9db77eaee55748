import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { ThinkTags } from './think-tags.ts';

function split(pieces: readonly string[], implied = false): readonly [thinking: string, text: string] {
  const tags = new ThinkTags(implied);
  const found = [...pieces.flatMap((piece) => tags.push(piece)), ...tags.end()];
  const of = (kind: string): string =>
    found
      .filter((piece) => piece.kind === kind)
      .map(({ text }) => text)
      .join('');
  return [of('reasoning'), of('text')];
}

test('thinking at the beginning is split off, with the white space around its tags', () => {
  assert.deepEqual(split(['\n<think>\nhm\n</think>\n\nso']), ['hm\n', 'so']);
});

test('tags anywhere else are text, and so is what only looks like one', () => {
  for (const text of ['so <think>hm</think>', '<thinking>hm', '  <b>', '<thin'])
    assert.deepEqual(split([text]), ['', text]);
});

test('a missing first tag is known by whoever configures it', () => {
  assert.deepEqual(split(['hm</think>so'], true), ['hm', 'so']);
  assert.deepEqual(split(['hm'], true), ['hm', '']);
});

test('an answer cut within its thinking is thinking', () => {
  assert.deepEqual(split(['<think>hm</thi']), ['hm</thi', '']);
});

test('however the text is cut, it is split alike', () => {
  const texts = fc.constantFrom(
    '<think>a</think>b',
    '<think></think>',
    'a<think>b',
    '<think>a < b </thin></think> c',
    ' \n<think>\n\n</think>\nx</think>y',
  );
  fc.assert(
    fc.property(texts, fc.array(fc.nat(20)), (text, cuts) => {
      const places = [
        0,
        ...cuts.map((cut) => Math.min(cut, text.length)).toSorted((one, other) => one - other),
        text.length,
      ];
      const pieces = places.slice(1).map((end, at) => text.slice(places[at], end));
      assert.deepEqual(split(pieces), split([text]));
    }),
  );
});
