import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { JsonSyntax, JsonTooDeep } from './json-errors.ts';
import { RawJson } from './raw-json.ts';
import { readJson } from './read-json.ts';
import { writeJson } from './write-json.ts';
import type { Json } from './json.ts';

/** The value with every `RawJson` replaced by what it says. */
function plain(value: any): any {
  if (value instanceof RawJson) return plain(value.value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  const copy = {};
  for (const key of Object.keys(value)) {
    Object.defineProperty(copy, key, {
      value: plain(value[key]),
      writable: true,
      enumerable: true,
      configurable: true,
    });
  }
  return copy;
}

function outcome(read: () => unknown): { value: unknown } | 'rejected' {
  try {
    return { value: read() };
  } catch (error) {
    assert.ok(error instanceof SyntaxError || error instanceof JsonSyntax, String(error));
    return 'rejected';
  }
}

/** JSON with white space where it may stand, escapes of every kind, odd numbers and keys that occur twice. */
const spacedJson = fc.letrec<{ value: string; space: string }>((tie) => {
  const space = fc.constantFrom('', '', '', ' ', '\n', '\r\n', '\t  ');
  const number = fc
    .tuple(
      fc.constantFrom('', '-'),
      fc.oneof(fc.constant('0'), fc.stringMatching(/^[1-9]\d{0,20}$/)),
      fc.oneof(fc.constant(''), fc.stringMatching(/^\.\d{1,20}$/)),
      fc.oneof(fc.constant(''), fc.stringMatching(/^[eE][+-]?\d{1,3}$/)),
    )
    .map((parts) => parts.join(''));
  const string = fc
    .array(
      fc.oneof(
        fc.string({ unit: 'binary' }).map((text) => JSON.stringify(text).slice(1, -1)),
        fc.constantFrom('\\"', '\\\\', '\\/', '\\n', '\\u0041', '\\uD83D\\ude00', '\\ud800', 'naïve', '快', '😀'),
        fc.string({ minLength: 30, maxLength: 60 }).map((text) => JSON.stringify(text).slice(1, -1)),
      ),
      { maxLength: 4 },
    )
    .map((parts) => `"${parts.join('')}"`);
  // Where JSON.parse has read an object with the key "\\" before, it reads the key "\"" of the next one as that (V8 13.6): no oracle.
  const key = fc.oneof(
    string.filter((text) => !text.includes(String.raw`\\`)),
    fc.constantFrom('"a"', '"b"', '"__proto__"', '"__proto\\u005f_"', '"1"', '"input"'),
  );
  const list = (open: string, close: string, item: fc.Arbitrary<string>) =>
    fc
      .tuple(fc.array(item, { maxLength: 5 }), tie('space'))
      .map(([items, gap]) => open + gap + items.join(',') + close);
  const padded = fc.tuple(tie('space'), tie('value'), tie('space')).map((parts) => parts.join(''));
  const member = fc.tuple(tie('space'), key, tie('space'), padded).map(([a, b, c, d]) => `${a}${b}${c}:${d}`);
  return {
    space,
    value: fc.oneof(
      { maxDepth: 4, depthSize: 'small' },
      fc.constantFrom('true', 'false', 'null'),
      number,
      string,
      list('[', ']', padded),
      list('{', '}', member),
    ),
  };
}).value;

const mangled = fc
  .tuple(
    spacedJson,
    fc.array(fc.tuple(fc.nat(), fc.nat(2), fc.constantFrom(...'{}[]",:\\0e.-+tu \n\u0001'.split(''))), {
      maxLength: 2,
    }),
  )
  .map(([text, edits]) => {
    let result = text;
    for (const [position, remove, insert] of edits) {
      const at = position % (result.length + 1);
      result = result.slice(0, at) + insert + result.slice(at + remove);
    }
    return result;
  });

test('readJson reads what JSON.parse reads, to the same value', () => {
  fc.assert(
    fc.property(spacedJson, (text) => {
      assert.deepStrictEqual(plain(readJson(text)), JSON.parse(text));
    }),
    { numRuns: 500 },
  );
});

test('readJson with raw keys reads the same value too', () => {
  const raw = new Set(['a', 'input', '__proto__']);
  fc.assert(
    fc.property(spacedJson, (text) => {
      assert.deepStrictEqual(plain(readJson(text, { raw })), JSON.parse(text));
    }),
  );
});

test('readJson accepts and rejects exactly what JSON.parse does', () => {
  fc.assert(
    fc.property(
      fc.oneof(mangled, fc.string(), fc.string({ unit: fc.constantFrom(...'[]{}",:0123.eE-+tfn\\u '.split('')) })),
      (text) => {
        assert.deepStrictEqual(
          outcome(() => plain(readJson(text))),
          outcome(() => JSON.parse(text)),
        );
      },
    ),
    { numRuns: 2000 },
  );
});

test('readJson loses nothing: what it writes again says the same, digit for digit', () => {
  fc.assert(
    fc.property(fc.bigInt(), fc.bigInt({ min: -(2n ** 60n), max: 2n ** 60n }), (huge, large) => {
      const text = `{"huge":${huge},"large":[${large}]}`;
      assert.equal(writeJson(readJson(text)), text);
    }),
  );
});

test('a double comes back as the number it was written from', () => {
  fc.assert(
    fc.property(fc.double({ noDefaultInfinity: true, noNaN: true }), (number) => {
      const value = readJson(JSON.stringify([number]));
      if (Number.isInteger(number) && !Number.isSafeInteger(number)) return;
      assert.deepStrictEqual(value, [number === 0 ? 0 : number]);
    }),
  );
});

test('numbers that no double says become RawJson, all others numbers', () => {
  const kept = [
    '9007199254740992',
    '-9007199254740993',
    '12345678901234567890',
    '0.1234567890123456789',
    '9007199254740993.0',
    '1e400',
    '-1e400',
    '1e-400',
    '123456789012345678e5',
    `0.${'0'.repeat(400)}1`,
  ];
  for (const text of kept) {
    const value = readJson(text);
    assert.ok(value instanceof RawJson, text);
    assert.equal(value.text, text);
    assert.equal(value.value, Number(text));
  }
  const numbers = [
    '0',
    '-0',
    '-0.0',
    '1.0',
    '1e3',
    '1E+3',
    '9007199254740991',
    '0.1',
    '0.30000000000000004',
    '1e22',
    '5e-324',
  ];
  for (const text of [...numbers, '1.50000000000000000000000', '0e99999999999', `1${'0'.repeat(22)}e0`]) {
    assert.strictEqual(readJson(text), Number(text), text);
  }
});

test('a run of a million zeros takes no quadratic time', () => {
  const zeros = '0'.repeat(1_000_000);
  assert.ok(readJson(`0.${zeros}1`) instanceof RawJson);
  assert.ok(readJson(`1${zeros}`) instanceof RawJson);
});

test('objects and arrays under a raw key keep their source', () => {
  const text = '{"tools":[{"name":"f","parameters": { "b":1.0,  "1":[2],"parameters":{} } }],"input":"text"}';
  const read = readJson(text, { raw: new Set(['parameters', 'input']) }) as any;
  const { parameters } = read.tools[0];
  assert.ok(parameters instanceof RawJson);
  assert.equal(parameters.text, '{ "b":1.0,  "1":[2],"parameters":{} }');
  assert.deepEqual(parameters.value, { b: 1, 1: [2], parameters: {} });
  assert.equal(read.input, 'text');
  assert.equal(
    writeJson(read),
    '{"tools":[{"name":"f","parameters":{ "b":1.0,  "1":[2],"parameters":{} }}],"input":"text"}',
  );
});

test('raw keys are found again behind a raw value', () => {
  const text = '[{"input":{"a":1.0},"x":{"input":[2.0]}},{"input":{}}]';
  assert.equal(writeJson(readJson(text, { raw: new Set(['input']) })), text);
});

test('a raw key is found where it is written with escapes, and numbers in its value are still kept', () => {
  const read = readJson('{"inp\\u0075t":[12345678901234567890]}', { raw: new Set(['input']) }) as any;
  assert.ok(read.input instanceof RawJson);
  assert.ok(read.input.value[0] instanceof RawJson);
});

test('__proto__ is a key like any other', () => {
  for (const text of ['{"__proto__":{"admin":true}}', '{"__proto\\u005f_":{"admin":true}}']) {
    const read = readJson(text) as any;
    assert.equal(Object.getPrototypeOf(read), Object.prototype);
    assert.deepEqual(Object.keys(read), ['__proto__']);
    assert.equal(read.admin, undefined);
    assert.equal(writeJson(read), '{"__proto__":{"admin":true}}');
  }
  assert.equal(({} as any).admin, undefined);
});

test('keys are told apart by what they say, not by how they are written', () => {
  const backslashes = '\\'.repeat(64);
  assert.deepEqual(readJson(`{"a${backslashes}${backslashes}":1,"a${backslashes}":2,"a":3}`), {
    [`a${backslashes}`]: 1,
    [`a${'\\'.repeat(32)}`]: 2,
    a: 3,
  });
});

test('no control character stands in a string, however long, and only four of them between values', () => {
  for (let code = 0; code < 0x20; code++) {
    const character = String.fromCharCode(code);
    for (const text of ['', 'x'.repeat(100)]) assert.throws(() => readJson(`"${text}${character}"`), JsonSyntax);
    if ('\t\n\r'.includes(character)) assert.deepEqual(readJson(`${character}[${character}]`), []);
    else assert.throws(() => readJson(`[${character}]`), JsonSyntax);
  }
});

test('of a key that occurs twice the last value counts', () => {
  assert.deepEqual(readJson('{"a":1,"b":2,"\\u0061":3}'), { a: 3, b: 2 });
});

test('nesting beyond the limit is refused, and up to it read', () => {
  const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
  assert.doesNotThrow(() => readJson(nested(200)));
  assert.throws(() => readJson(nested(201)), JsonTooDeep);
  assert.throws(() => readJson('{"a":'.repeat(100_000)), JsonTooDeep);
  assert.throws(() => readJson('[{"a":[]}]', { maxDepth: 2 }), /deeper than 2/);
  assert.deepEqual(readJson('[[],[],[[]]]', { maxDepth: 3 }), [[], [], [[]]]);
});

test('a syntax error tells where it is and what was expected', () => {
  const faults: [text: string, offset: number, line: number, column: number, expected: string][] = [
    ['', 0, 1, 1, 'a value'],
    ['{"a" 1}', 5, 1, 6, "':'"],
    ['{\n  "a": 1\n  "b": 2\n}', 13, 3, 3, "',' or '}'"],
    ['[1 2]', 3, 1, 4, "',' or ']'"],
    ['[1,]', 3, 1, 4, 'a value'],
    ['{"a":1,}', 7, 1, 8, 'a key in double quotes'],
    ['{a:1}', 1, 1, 2, 'a key in double quotes'],
    ['[] x', 3, 1, 4, 'the end'],
    ['"abc', 4, 1, 5, 'a closing quote'],
    ['"ab\\"', 5, 1, 6, 'a closing quote'],
    ['"a\nb"', 2, 1, 3, 'the control character to be escaped'],
    ['"a\\x"', 3, 1, 4, 'one of "\\/bfnrtu'],
    ['"a\\u12g4"', 4, 1, 5, 'four hexadecimal digits'],
    ['tru', 0, 1, 1, 'a value'],
    ['01', 1, 1, 2, 'no digit behind a leading zero'],
    ['1.', 2, 1, 3, 'a digit'],
    ['1e+', 3, 1, 4, 'a digit'],
    ['-', 1, 1, 2, 'a digit'],
    ['\ufeff{}', 0, 1, 1, 'a value'],
  ];
  for (const [text, offset, line, column, expected] of faults) {
    assert.throws(
      () => readJson(text),
      (error) => {
        assert.ok(error instanceof JsonSyntax, text);
        assert.deepEqual(
          [error.offset, error.line, error.column, error.expected],
          [offset, line, column, expected],
          text,
        );
        assert.equal(error.message, `line ${line}, column ${column}: expected ${expected}`);
        return true;
      },
    );
  }
});

test('the error quotes nothing of the text', () => {
  const read = (): Json => readJson('{"password":"hunter2" "x"}');
  assert.throws(read, (error: Error) => !error.message.includes('hunter2') && !error.message.includes('password'));
});
