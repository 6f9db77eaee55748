import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { readSpan } from './read-span.ts';
import { createObjectScanner, scanObject } from './scan-object.ts';
import type { ScannedObject, SoundObject } from './scan-object.ts';

const asked = ['model', 'stream', 'naïve', '', 'a"b', '__proto__'];

function sound(scanned: ScannedObject): SoundObject {
  assert.ok(scanned.valid, scanned.valid ? '' : scanned.error);
  return scanned;
}

function scan(text: string, names: Iterable<string> = asked): ScannedObject {
  return scanObject([Buffer.from(text)], names);
}

/** The bytes cut at the given places, taken modulo their length; some of the chunks are no Buffers. */
function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const ends = [...places.map((place) => place % (bytes.length + 1)), bytes.length].toSorted(
    (one, other) => one - other,
  );
  let start = 0;
  return ends.map((end, index) => {
    const chunk = bytes.subarray(start, end);
    start = end;
    return index % 2 === 0 ? chunk : new Uint8Array(chunk);
  });
}

const space = fc.constantFrom('', '', '', ' ', '\n\t', '\r\n');
const escapedKey = fc
  .tuple(
    fc.oneof(fc.constantFrom(...asked, 'messages', 'modal'), fc.string({ unit: 'binary' })),
    fc.array(fc.boolean()),
  )
  .map(([key, escapes]) => {
    const text = key.split('').map((unit, index) => {
      const written = JSON.stringify(unit).slice(1, -1);
      return escapes[index % (escapes.length || 1)]
        ? `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
        : written;
    });
    return { key, written: text.join('') };
  });
const value = fc.oneof(
  fc
    .tuple(fc.jsonValue({ stringUnit: 'binary' }), fc.constantFrom(0, 2))
    .map(([json, indent]) => JSON.stringify(json, null, indent)),
  fc
    .array(fc.constantFrom('x', '\\"', '\\\\', '{', ']', ',', 'words '.repeat(20), '\\u0022'))
    .map((parts) => `"${parts.join('')}"`),
  fc.constantFrom('true', 'false', 'null', '0', '-1.5e+3', '[[],{}]', '{"model":"inner","x":"}"}'),
);
const members = fc.array(fc.tuple(escapedKey, value, space, space, space), { maxLength: 8 });

/** An object's text, and where its members are in it, counted in bytes. */
function compose(parts: readonly [{ key: string; written: string }, string, string, string, string][], gap: string) {
  let text = `${gap}{`;
  const found: { key: string; keyAt: number; start: number; end: number }[] = [];
  const size = (): number => Buffer.byteLength(text);
  for (const [{ key, written }, json, first, second, third] of parts) {
    text += found.length > 0 ? `,${first}` : first;
    const keyAt = size();
    text += `"${written}"${second}:${third}`;
    const start = size();
    text += json;
    found.push({ key, keyAt, start, end: size() });
    text += second;
  }
  const close = size();
  return { bytes: Buffer.from(`${text}}${gap}`), found, close };
}

test('the scanner finds every member asked for, however the bytes are cut', () => {
  fc.assert(
    fc.property(members, space, fc.array(fc.nat(), { maxLength: 20 }), (parts, gap, places) => {
      const { bytes, found, close } = compose(parts, gap);
      const scanned = sound(scanObject(cut(bytes, places), asked));
      assert.equal(scanned.count, found.length);
      assert.equal(scanned.close, close);
      assert.equal(scanned.open, Buffer.byteLength(gap));
      for (const name of asked) {
        const index = found.findLastIndex(({ key }) => key === name);
        const member = scanned.members.get(name);
        const expected = found[index];
        assert.equal(member?.index ?? -1, index);
        if (!member || !expected) continue;
        assert.deepEqual([member.key, member.value], [expected.keyAt, { start: expected.start, end: expected.end }]);
        assert.equal(member.commaBefore === -1, index === 0);
        assert.equal(member.commaBehind === -1, index === found.length - 1);
        if (index > 0) assert.equal(bytes[member.commaBefore], 0x2c);
        if (index < found.length - 1) assert.equal(bytes[member.commaBehind], 0x2c);
      }
      const twice = asked.filter((name) => found.filter(({ key }) => key === name).length > 1);
      assert.deepEqual(scanned.duplicates.toSorted(), twice.toSorted());
    }),
    { numRuns: 500 },
  );
});

test('one byte at a time the scanner finds the same', () => {
  fc.assert(
    fc.property(members, space, (parts, gap) => {
      const { bytes } = compose(parts, gap);
      const scanner = createObjectScanner(asked);
      for (const byte of bytes) scanner.feed(Uint8Array.of(byte));
      assert.deepEqual(scanner.finish(), scanObject([bytes], asked));
    }),
  );
});

test('what JSON.parse reads as an object is never refused, and what is found is what it reads', () => {
  const mangled = fc
    .tuple(
      members,
      space,
      fc.array(fc.tuple(fc.nat(), fc.nat(2), fc.constantFrom(...'{}[]",:\\1e '.split(''))), { maxLength: 2 }),
    )
    .map(([parts, gap, edits]) => {
      let text = compose(parts, gap).bytes.toString();
      for (const [place, remove, insert] of edits) {
        const at = place % (text.length + 1);
        text = text.slice(0, at) + insert + text.slice(at + remove);
      }
      return text;
    });
  fc.assert(
    fc.property(mangled, fc.array(fc.nat(), { maxLength: 5 }), (text, places) => {
      const bytes = Buffer.from(text);
      const chunks = cut(bytes, places);
      const scanned = scanObject(chunks, asked);
      let parsed: any;
      try {
        parsed = JSON.parse(bytes.toString());
      } catch {
        return;
      }
      if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return assert.ok(!scanned.valid);
      for (const name of asked) {
        const member = sound(scanned).members.get(name);
        assert.equal(member !== undefined, Object.hasOwn(parsed, name));
        if (member) assert.deepEqual(JSON.parse(readSpan(chunks, member.value)), parsed[name]);
      }
    }),
    { numRuns: 1000 },
  );
});

test('a key written with escapes is the key it says', () => {
  const scanned = sound(scan('{"mod\\u0065l":"a","model":"b"}'));
  assert.deepEqual(scanned.duplicates, ['model']);
  assert.equal(readSpan([Buffer.from('{"mod\\u0065l":"a","model":"b"}')], scanned.members.get('model')!.value), '"b"');
});

test('a name beyond ASCII is found', () => {
  assert.ok(sound(scan('{"快快":1}', ['快快'])).members.has('快快'));
});

test('a member inside of a value, or of a string, is none of the object', () => {
  const scanned = sound(scan('{"a":{"model":1},"b":"\\",\\"model\\":2,\\"","c":[{"model":3}]}'));
  assert.equal(scanned.members.size, 0);
  assert.equal(scanned.count, 3);
});

test('what is no sound object is refused with a place and a reason', () => {
  const faults: [text: string, error: string][] = [
    ['', "byte 0: expected '{'"],
    [' []', "byte 1: expected '{'"],
    ['"x"', "byte 0: expected '{'"],
    ['\ufeff{}', "byte 0: expected '{'"],
    ['{', "byte 1: expected a key in double quotes or '}'"],
    ['{,}', "byte 1: expected a key in double quotes or '}'"],
    ['{"a":1,}', 'byte 7: expected a key in double quotes'],
    ["{'a':1}", "byte 1: expected a key in double quotes or '}'"],
    ['{"a', 'byte 3: expected a closing quote'],
    ['{"a"}', "byte 4: expected ':'"],
    ['{"a":}', 'byte 5: expected a value'],
    ['{"a":tru}', 'byte 5: expected a value'],
    ['{"a":01}', 'byte 5: expected a value'],
    ['{"a":1"b":2}', 'byte 5: expected a value'],
    [`{"a":${'1'.repeat(2_000)}}`, 'byte 5: expected a shorter number'],
    ['{"a":"b', 'byte 7: expected a closing quote'],
    ['{"a":"b\\"}', 'byte 10: expected a closing quote'],
    ['{"a":"b" "c"}', "byte 9: expected ',' or '}'"],
    ['{"a":[}', 'byte 6: expected the bracket that closes the last one opened'],
    ['{"a":[[1]', 'byte 9: expected a closing bracket'],
    ['{"a":[]]', "byte 7: expected ',' or '}'"],
    ['{"a":1', "byte 6: expected ',' or '}'"],
    ['{"a":1}}', 'byte 7: expected the end'],
    ['{"a":1} {"a":2}', 'byte 8: expected the end'],
    ['{"\\x":1}', 'byte 1: expected a key without broken escapes'],
  ];
  for (const [text, error] of faults) {
    const bytes = Buffer.from(text);
    for (const chunks of [[bytes], [...bytes].map((byte) => Uint8Array.of(byte))]) {
      const scanned = scanObject(chunks, asked);
      assert.ok(!scanned.valid, text);
      assert.equal(scanned.error, error, text);
    }
  }
});

test('nesting beyond 200 levels is refused, the object itself counted', () => {
  const nested = (depth: number): string => `{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`;
  sound(scan(nested(199)));
  const scanned = scan(nested(200));
  assert.ok(!scanned.valid);
  assert.equal(scanned.error, 'byte 204: expected no more than 200 levels');
  assert.ok(!scan(`{"a":${'['.repeat(1_000_000)}`).valid);
});

test('hostile bytes take no more than linear time', () => {
  const hostile = [
    `{"a":"${'\\'.repeat(2_000_000)}"}`,
    `{"a":"${'\\"'.repeat(1_000_000)}"}`,
    `{"a":"${`${'x'.repeat(70)}\\"`.repeat(20_000)}"}`,
    `{${'"model":1,'.repeat(200_000)}"a":1}`,
    `{${'"mod\\u0065l":"x",'.repeat(100_000)}"a":1}`,
    `{"${'k'.repeat(2_000_000)}":1}`,
  ];
  for (const text of hostile) sound(scan(text));
});

test('a body in many tiny chunks takes no more than linear time', () => {
  const bytes = Buffer.from(`{${'"model":1,"x":true,'.repeat(15_000)}"a":1}`);
  const scanner = createObjectScanner(asked);
  for (let at = 0; at < bytes.length; at++) scanner.feed(bytes.subarray(at, at + 1));
  assert.equal(sound(scanner.finish()).count, 30_001);
});

test('readSpan reads a span over any chunks', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ min: 32, max: 126 }),
      fc.array(fc.nat()),
      fc.nat(),
      fc.nat(),
      (bytes, places, one, other) => {
        const [start, end] = [one % (bytes.length + 1), other % (bytes.length + 1)].toSorted((a, b) => a - b) as [
          number,
          number,
        ];
        assert.equal(readSpan(cut(bytes, places), { start, end }), Buffer.from(bytes.subarray(start, end)).toString());
      },
    ),
  );
});
