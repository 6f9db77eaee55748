import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { escapeText, fillText, interpolate } from './interpolate.ts';

const folder = mkdtempSync(join(tmpdir(), 'tapgate-'));
const filled = (written: string, env: Record<string, string> = {}): string => {
  const { text, errors } = fillText(written, { env, folder });
  assert.deepEqual(errors, []);
  return text;
};
const mistake = (written: string, env: Record<string, string> = {}) => fillText(written, { env, folder }).errors[0];

test('a variable stands for its value, alone or within a text', () => {
  assert.equal(filled('${KEY}', { KEY: 'abc' }), 'abc');
  assert.equal(filled('http://${HOST}:${PORT}/v1', { HOST: 'local', PORT: '1' }), 'http://local:1/v1');
});

test('a default stands in for a variable that is not set, or empty', () => {
  assert.equal(filled('${KEY:-none}'), 'none');
  assert.equal(filled('${KEY:-none}', { KEY: '' }), 'none');
  assert.equal(filled('${KEY:-}'), '');
  assert.equal(filled('${KEY:-none}', { KEY: 'abc' }), 'abc');
});

test('a variable that is not set is a mistake that names it and says what it is for', () => {
  assert.equal(mistake('${KEY}')?.code, 'CONFIG_VARIABLE_UNSET');
  assert.match(mistake('${KEY}', { KEY: '' })?.message ?? '', /KEY is not set, or empty/);
  assert.match(mistake('${KEY:?the key of the shop}')?.message ?? '', /It is for: the key of the shop\.$/);
  assert.match(mistake('${KEY}')?.cure ?? '', /"\$\{KEY:-…\}"/);
});

test('a file stands for its content without the last line break, counted from the folder of the config', () => {
  writeFileSync(join(folder, 'secret'), 'abc\n');
  assert.equal(filled('${file:secret}'), 'abc');
  assert.equal(filled(`\${file:${join(folder, 'secret')}}`), 'abc');
  writeFileSync(join(folder, 'spaced'), ' abc \r\n');
  assert.equal(filled('${file:spaced}'), ' abc ');
  assert.equal(mistake('${file:nowhere}')?.code, 'CONFIG_FILE_UNREADABLE');
  assert.match(mistake('${file:nowhere}')?.message ?? '', /there is no such file/);
});

test('what looks like a placeholder and is none is a mistake', () => {
  for (const written of ['${}', '${A-B}', '${A:b}', '${1}', 'x ${open', '${file:}']) {
    assert.equal(mistake(written)?.code, 'CONFIG_PLACEHOLDER', written);
  }
});

test('a dollar before the placeholder keeps it as it is, and any other dollar is a dollar', () => {
  assert.equal(filled('$${KEY}'), '${KEY}');
  assert.equal(filled('$5 and $HOME'), '$5 and $HOME');
});

test('every text can be escaped so that it comes out as it is', () => {
  const piece = fc.constantFrom('$', '{', '}', '${', '$${', '${A}', ':-', 'file:', 'x');
  fc.assert(
    fc.property(
      fc.array(piece).map((pieces) => pieces.join('')),
      (text) => {
        assert.equal(filled(escapeText(text)), text);
      },
    ),
  );
});

test('a value that holds a placeholder itself is not filled in again', () => {
  assert.equal(filled('${KEY}', { KEY: '${OTHER}', OTHER: 'canary' }), '${OTHER}');
});

test('filling in changes texts alone, at any depth, and tells where', () => {
  const value = { a: ['${KEY}', 1, null, { b: true, c: 'x' }], '${KEY}': 2 };
  const result = interpolate(value, { env: { KEY: 'abc' }, folder });
  assert.deepEqual(result.value, { a: ['abc', 1, null, { b: true, c: 'x' }], '${KEY}': 2 });
  assert.deepEqual([...result.filled], [['["a",0]', '${KEY}']]);
});

test('a config that is nested too deeply, or leads back to itself, is a mistake', () => {
  const loop: Record<string, unknown> = {};
  loop['loop'] = loop;
  assert.deepEqual(
    interpolate(loop, { env: {}, folder }).errors.map(({ code }) => code),
    ['CONFIG_TOO_DEEP'],
  );
});

test('a key named like a prototype stays a key', () => {
  const value: unknown = JSON.parse('{"__proto__": {"polluted": "${KEY}"}}');
  const result = interpolate(value, { env: { KEY: 'abc' }, folder }).value as Record<string, unknown>;
  assert.deepEqual(Object.keys(result), ['__proto__']);
  assert.equal((result as { polluted?: unknown }).polluted, undefined);
});
