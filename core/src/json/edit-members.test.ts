import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { editMembers, removeMember, setMember } from './edit-members.ts';
import { scanObject } from './scan-object.ts';
import { splice } from './splice.ts';
import type { MemberChanges } from './edit-members.ts';
import type { SoundObject } from './scan-object.ts';

const names = ['model', 'stream', 'stream_options', 'a', 'b', 'c'];

function sound(chunks: readonly Uint8Array[]): SoundObject {
  const scanned = scanObject(chunks, names);
  assert.ok(scanned.valid);
  return scanned;
}

function edited(text: string, changes: MemberChanges): string {
  const chunks = [Buffer.from(text)];
  return Buffer.concat(splice(chunks, editMembers(sound(chunks), changes)).chunks).toString();
}

const json = fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.stringify(value));
const changes = fc.dictionary(fc.constantFrom(...names), fc.option(json, { nil: undefined }));
const object = fc
  .tuple(
    fc.uniqueArray(fc.tuple(fc.oneof(fc.constantFrom(...names), fc.stringMatching(/^[x-z]{1,4}$/)), json), {
      selector: ([key]) => key,
    }),
    fc.constantFrom('', ' ', '\n  '),
  )
  .map(([members, gap]) => `{${gap}${members.map(([key, value]) => `"${key}"${gap}:${value}${gap}`).join(`,${gap}`)}}`);

test('after any changes the body parses to the changed object, and no other byte of a value has changed', () => {
  fc.assert(
    fc.property(object, changes, fc.array(fc.nat(), { maxLength: 6 }), (text, wanted, places) => {
      const bytes = Buffer.from(text);
      const ends = [...places.map((place) => place % bytes.length), bytes.length].toSorted((one, other) => one - other);
      const chunks = ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
      const result = Buffer.concat(splice(chunks, editMembers(sound(chunks), wanted)).chunks).toString();
      const expected = JSON.parse(text);
      for (const [name, value] of Object.entries(wanted)) {
        if (value === undefined) delete expected[name];
        else expected[name] = JSON.parse(value);
      }
      assert.deepEqual(JSON.parse(result), expected);
      for (const [key, value] of Object.entries(JSON.parse(text))) {
        if (!(key in wanted)) assert.ok(result.includes(JSON.stringify(value)), key);
      }
    }),
    { numRuns: 1000 },
  );
});

test('after the way back the bytes are the first ones again', () => {
  fc.assert(
    fc.property(object, json, json, (text, model, options) => {
      const members = JSON.parse(text);
      fc.pre('model' in members && !('stream_options' in members));
      const there = edited(text, { model, stream_options: options });
      assert.deepEqual(JSON.parse(there), {
        ...members,
        model: JSON.parse(model),
        stream_options: JSON.parse(options),
      });
      const before = sound([Buffer.from(text)]).members.get('model')!.value;
      const written = Buffer.from(text).subarray(before.start, before.end).toString();
      assert.equal(edited(there, { model: written, stream_options: undefined }), text);
    }),
  );
});

test('a changed model and an added member leave every other byte as it was', () => {
  const text = '{ "b":1.0,\r\n "model" : "smart", "1":[9007199254740993, "\\u00e9"] ,"b ":{ }\n}';
  assert.equal(
    edited(text, { model: '"other/one"', stream_options: '{"include_usage":true}' }),
    '{ "b":1.0,\r\n "model" : "other/one", "1":[9007199254740993, "\\u00e9"] ,"b ":{ }\n,"stream_options":{"include_usage":true}}',
  );
});

test('commas come out right wherever members are taken out and put in', () => {
  const none = undefined;
  const cases: [before: string, changes: MemberChanges, after: string][] = [
    ['{}', { a: '1', b: '2' }, '{"a":1,"b":2}'],
    ['{ }', { a: none }, '{ }'],
    ['{"a":1}', { a: none }, '{}'],
    ['{"a":1}', { a: none, b: '2' }, '{"b":2}'],
    ['{"a":1,"b":2,"c":3}', { a: none }, '{"b":2,"c":3}'],
    ['{"a":1,"b":2,"c":3}', { b: none }, '{"a":1,"c":3}'],
    ['{"a":1,"b":2,"c":3}', { c: none }, '{"a":1,"b":2}'],
    ['{"a":1,"b":2,"c":3}', { a: none, b: none }, '{"c":3}'],
    ['{"a":1,"b":2,"c":3}', { b: none, c: none }, '{"a":1}'],
    ['{"a":1,"b":2,"c":3}', { a: none, c: none }, '{"b":2}'],
    ['{"a":1,"b":2,"c":3}', { a: none, b: none, c: none, model: '"m"' }, '{"model":"m"}'],
    ['{"a":1,"b":2,"c":3}', { b: none, c: none, model: '"m"' }, '{"a":1,"model":"m"}'],
    ['{ "a":1 , "b":2 }', { b: none }, '{ "a":1  }'],
    ['{ "a":1 , "b":2 }', { a: none }, '{  "b":2 }'],
  ];
  for (const [before, wanted, after] of cases) assert.equal(edited(before, wanted), after);
});

test('one change alone', () => {
  const chunks = [Buffer.from('{"a":1,"b":2}')];
  assert.equal(splice(chunks, setMember(sound(chunks), 'a', '[]')).chunks.toString(), '{"a":[],"b":2}');
  assert.equal(splice(chunks, removeMember(sound(chunks), 'a')).chunks.toString(), '{"b":2}');
});

test('a member that occurs twice, or that the scan did not look for, is not changed', () => {
  assert.throws(() => edited('{"a":1,"\\u0061":2}', { a: '3' }), /"a" occurs more than once/);
  assert.throws(() => edited('{"unknown":1}', { unknown: '2' }), /not asked for the member "unknown"/);
});
