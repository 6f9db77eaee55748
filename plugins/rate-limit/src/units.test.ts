import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bodyOf } from '@tapgate/core';
import * as fc from 'fast-check';
import { ClientValues } from './client-values.ts';
import { millisecondsOf } from './duration.ts';
import { estimateInput } from './estimate-input.ts';
import { moneyOf, nanosOf } from './money.ts';
import { keyText, partOf } from './parts.ts';
import { shortDuration } from './reply-headers.ts';

test('durations and money are what they say, exactly', () => {
  assert.deepEqual(
    ['500ms', '30s', '1m', '12h', '30d'].map(millisecondsOf),
    [500, 30_000, 60_000, 43_200_000, 2_592_000_000],
  );
  assert.equal(nanosOf('0.000000001 USD'), 1n);
  assert.equal(nanosOf('123456789.5 USD'), 123_456_789_500_000_000n);
  for (const text of ['5', '5 EUR', '-1 USD', '1.0000000001 USD', '1e9 USD', ''])
    assert.equal(nanosOf(text), undefined, text);
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 10n ** 17n }), (nanos) => assert.equal(nanosOf(moneyOf(nanos)), nanos)),
  );
});

test('a reset is told as clients read it', () => {
  assert.deepEqual([0, 6, 999.2, 1000, 12_340, 60_000, 86_400, 3_600_000, 7_512_000].map(shortDuration), [
    '0ms',
    '6ms',
    '1000ms',
    '1s',
    '12.4s',
    '1m0s',
    '1m26.4s',
    '1h0m0s',
    '2h5m12s',
  ]);
});

test('values of a counter’s key are told apart whatever they are, and are short', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 80 }), fc.string({ maxLength: 80 }), (one, other) => {
      const [first, second] = [keyText(one), keyText(other)];
      assert.equal(first === second, one.toWellFormed() === other.toWellFormed());
      for (const text of [first, second]) {
        assert.ok(!/[;=]/.test(text) && text.length <= 64 * 9, text);
      }
    }),
  );
  assert.notEqual(keyText(`~${'a'.repeat(43)}`), keyText('x'.repeat(70)));
});

test('an address of IPv6 stands for its network', () => {
  const address = (of: string): string => partOf('address')?.read({ address: of } as never, undefined) ?? '';
  assert.equal(address('10.0.0.1'), '10.0.0.1');
  assert.equal(address('::ffff:10.0.0.1'), '::ffff:10.0.0.1');
  assert.equal(address('2001:db8:1:2:3:4:5:6'), '2001:db8:1:2::/64');
  assert.equal(address('2001:db8::6'), '2001:db8:0:0::/64');
  assert.equal(address('fe80::1%eth0'), 'fe80:0:0:0::/64');
  assert.equal(address(''), '');
});

test('a caller’s values are bounded, by themselves and by no other’s, and what is old makes room', () => {
  let now = 0;
  const values = new ClientValues(2, () => now);
  const admitted = (caller: string, value: string): boolean => values.admits(caller, value, 10_000);
  assert.deepEqual(
    ['x', 'y', 'z', 'x'].map((value) => admitted('a', value)),
    [true, true, false, true],
  );
  assert.equal(admitted('b', 'z'), true);
  now = 5000;
  assert.equal(admitted('a', 'x'), true);
  now = 10_001;
  assert.equal(admitted('a', 'z'), true);
  assert.equal(admitted('a', 'x'), true);
  assert.equal(admitted('a', 'w'), false);
});

const estimate = (value: object, cut?: number): ReturnType<typeof estimateInput> => {
  const bytes = Buffer.from(JSON.stringify(value));
  return estimateInput(cut === undefined ? bodyOf(bytes) : bodyOf(bytes.subarray(0, cut), bytes.subarray(cut)));
};
const base64 = Buffer.alloc(90_000, 7).toString('base64');

test('text is estimated by its bytes, with what is less, and more, than nearly any has', () => {
  const { least, likely, most } = estimate({ messages: [{ role: 'user', content: 'The sea is wide. '.repeat(1000) }] });
  // About 5,000 tokens in 17,000 bytes.
  assert.ok(least > 500 && least < 2000, String(least));
  assert.ok(likely > 4000 && likely < 5000, String(likely));
  assert.ok(most > 5000 && most < 7000, String(most));
  assert.deepEqual(estimateInput(undefined), { likely: 0, most: 0, least: 0 });
  assert.ok(estimate({ messages: [] }).least === 0);
});

for (const [what, value, from, to] of [
  ['an image in a data URL', { url: `data:image/png;base64,${base64}` }, 1600, 1800],
  ['an image in a member', { media_type: 'image/png', data: base64 }, 1600, 1800],
  ['bytes of another vendor', { image: { format: 'png', source: { bytes: base64 } } }, 1600, 1800],
  ['a document', { media_type: 'application/pdf', data: base64 }, 2800, 3500],
  ['a document in a data URL', { file_data: `data:application/pdf;base64,${base64}` }, 2800, 3500],
  ['a sound', { input_audio: { data: base64, format: 'audio/mp3' } }, 1600, 1900],
  ['two images', [{ data: base64 }, { data: base64 }], 3200, 3500],
] as const) {
  test(`${what} is not taken for text`, () => {
    const { likely, most, least } = estimate({ messages: [value] });
    assert.ok(most >= from && most <= to, `${most} of ${what}`);
    assert.ok(likely <= most && least <= likely);
  });
}

test('what only looks like a picture is text, and so is one that the network has cut', () => {
  const prose = 'not a picture, but words of a text that says so. '.repeat(400);
  assert.ok(estimate({ data: prose }).most > 6000);
  assert.ok(estimate({ content: `data:image/png;base64, ${prose}` }).most > 6000);
  assert.ok(estimate({ content: `he said "data": "${prose}"` }).most > 6000);
  const whole = estimate({ data: base64 }).most;
  assert.ok(estimate({ data: base64 }, 60_000).most >= whole);
});

test('a body full of marks costs no more than a search through it', () => {
  const hostile = `{"a":[${'"data","data:",'.repeat(60_000)}0]}`;
  const before = process.cpuUsage().user;
  estimateInput(bodyOf(Buffer.from(hostile)));
  const hostileMicros = process.cpuUsage().user - before;
  const plain = Buffer.from(JSON.stringify({ a: 'x'.repeat(hostile.length) }));
  const start = process.cpuUsage().user;
  for (let count = 0; count < 100; count += 1) estimateInput(bodyOf(plain));
  const plainMicros = (process.cpuUsage().user - start) / 100;
  assert.ok(hostileMicros < Math.max(plainMicros * 500, 50_000), `${hostileMicros} µs, ${plainMicros} µs`);
});

test('an upload in parts is no text', () => {
  const { likely, most, least } = estimateInput(bodyOf(Buffer.alloc(1_000_000)), 'multipart/form-data; boundary=x');
  assert.deepEqual([likely, most, least], [1600, 1600, 0]);
});
