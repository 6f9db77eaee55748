import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { excerptOf, type Mask, suspects } from './excerpt.ts';

test('an excerpt is the line with what is masked replaced, and its column moves along', () => {
  const text = 'a: 1\nkey: canary, port: x\nb: 2';
  const mask: Mask = { range: [10, 16], as: '[secret]' };
  assert.deepEqual(excerptOf(text, [24, 25], [mask]), { text: 'key: [secret], port: x', column: 22, length: 1 });
});

test('an excerpt never holds anything of what is masked, wherever the mark is', () => {
  const line = fc.string({ unit: fc.constantFrom('a', ' ', '\n'), maxLength: 60 });
  fc.assert(
    fc.property(line, line, line, fc.nat(200), fc.nat(20), (before, after, more, at, length) => {
      const secret = '#$%canary%$#';
      const text = `${before}${secret}${after}${secret}${more}`;
      const second = before.length + secret.length + after.length;
      const masks: Mask[] = [before.length, second].map((from) => ({
        range: [from, from + secret.length],
        as: '[secret]',
      }));
      const from = Math.min(at, text.length);
      const excerpt = excerptOf(text, [from, Math.min(from + length, text.length)], masks);
      assert.ok(!/[#$%]/.test(excerpt.text), excerpt.text);
      assert.ok(excerpt.column >= 1 && excerpt.length >= 1);
    }),
  );
});

test('a long line keeps what is around the mark', () => {
  const text = `${'a'.repeat(300)}HERE${'b'.repeat(300)}`;
  const excerpt = excerptOf(text, [300, 304], []);
  assert.ok(excerpt.text.length <= 122);
  assert.equal(excerpt.text.slice(excerpt.column - 1, excerpt.column - 1 + excerpt.length), 'HERE');
});

test('in a text that cannot be parsed, what follows a key, long words and users in URLs are suspected', () => {
  const shown = (text: string): string => excerptOf(text, [0, 1], suspects(text)).text;
  assert.equal(shown('apiKey: sk-1, x'), 'apiKey: [secret]');
  assert.equal(shown('- "0123456789abcdef01"'), '- "[secret]"');
  assert.equal(shown('proxy: http://me:pw@host:1'), 'proxy: http://[secret]@host:1');
  assert.equal(shown('maxUnadmittedBytes: 12'), 'maxUnadmittedBytes: 12');
});
