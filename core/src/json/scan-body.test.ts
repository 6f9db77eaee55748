import assert from 'node:assert/strict';
import { test } from 'node:test';
import { textBody } from '../body.ts';
import { scanBody } from './scan-body.ts';

const found = (body: ReturnType<typeof textBody>, ...names: string[]): unknown => {
  const scanned = scanBody(body, new Set(names));
  return scanned.valid ? [...scanned.members.keys()] : scanned.error;
};

test('a body is scanned once for the same names, or for some of them', () => {
  const body = textBody('{"model":"m","stream":true}');
  const names = new Set(['model', 'stream']);
  const first = scanBody(body, names);
  assert.equal(scanBody(body, names), first);
  assert.equal(scanBody(body, new Set(['stream'])), first);
});

test('a name that nobody has asked for is looked for', () => {
  const body = textBody('{"model":"m","stream":true}');
  assert.deepEqual(found(body, 'model'), ['model']);
  assert.deepEqual(found(body, 'model', 'stream'), ['model', 'stream']);
});

test('what is no object is none for every name', () => {
  const body = textBody('{"model":');
  const first = scanBody(body, new Set(['model']));
  assert.equal(first.valid, false);
  assert.equal(scanBody(body, new Set(['other'])), first);
});
