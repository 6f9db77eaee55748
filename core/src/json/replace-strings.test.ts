import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { replaceStrings } from './replace-strings.ts';

const places = [{ path: ['items', '*', 'seal'], type: 'thought' }, { path: ['seal'] }];
const upper = (value: string): string => value.toUpperCase();

test('strings at their places are replaced, and not a character of the rest is changed', () => {
  const text =
    '{ "seal" : "a\\u0062" ,"items":[{"seal":"c","type":"thought"}, {"type":"call","seal":"d"}], "n":1.0e0 }';
  const wanted = '{ "seal" : "AB" ,"items":[{"seal":"C","type":"thought"}, {"type":"call","seal":"d"}], "n":1.0e0 }';
  assert.equal(replaceStrings(text, places, upper), wanted);
});

test('what has the name of a place and stands elsewhere stays, and so does a text that quotes it', () => {
  for (const text of [
    '{"items":[{"type":"thought","args":{"seal":"x"}}]}',
    '{"text":"{\\"seal\\":\\"x\\"}"}',
    '{"items":{"seal":"x","type":"thought"}}',
    '{"seal":{"seal":"x"}}',
    '{"seal":["x"],"items":["seal"]}',
  ])
    assert.equal(replaceStrings(text, places, upper), text);
});

test('the fields of events and the brackets of a list around the objects do not matter', () => {
  const event = 'event: a\ndata: {"seal":"x"}\n\n';
  assert.equal(replaceStrings(event, places, upper), 'event: a\ndata: {"seal":"X"}\n\n');
  assert.equal(replaceStrings('[{"seal":"x"},\r\n{"seal":"y"}', places, upper), '[{"seal":"X"},\r\n{"seal":"Y"}');
});

test('a text that is cut or broken stays as it is', () => {
  const text = '{"a":[1,{"seal":"x"}],"seal":"x"}';
  for (let end = 0; end < text.length; end += 1)
    assert.equal(replaceStrings(text.slice(0, end), places, upper), text.slice(0, end));
  for (const broken of ['{"seal" "x"}', '{seal:"x"}', '{"a":,"seal":"x"}', `{"seal":"x","a":${'['.repeat(300)}`])
    assert.equal(replaceStrings(broken, places, upper), broken);
});

test('of any JSON it says what the same change of its value says', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.string(), fc.nat(3), (value, seal, space) => {
      const said = (one: string): unknown => ({
        before: value,
        seal: one,
        items: [{ type: 'thought', x: value, seal: one }],
      });
      const text = JSON.stringify(said(seal), null, space);
      const changed = replaceStrings(text, places, (one) => `${one}!`);
      assert.equal(changed, JSON.stringify(said(`${seal}!`), null, space));
    }),
  );
});
