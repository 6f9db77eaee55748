import assert from 'node:assert/strict';
import test from 'node:test';
import { eachRuleAlone } from '../../subjects/each-rule.ts';
import { fixtures, fixturesFolder, noFixtures } from '../replay.ts';
import { sseRules, validateSse } from './sse-framing.ts';

const check = (text: string): readonly string[] => validateSse(Buffer.from(text));

test('a well framed stream has no violation, at each line end', () => {
  for (const end of ['\n', '\r', '\r\n']) {
    const lines = [
      ': hi',
      '',
      'event: a',
      'data: {"x":"é"}',
      'data',
      '',
      ': ping',
      '',
      'id: 1',
      'retry: 20',
      'data:',
      '',
      '',
    ];
    assert.deepEqual(check(lines.join(end)), []);
  }
  assert.deepEqual(check(''), []);
});

eachRuleAlone('framing', sseRules, {
  utf8: () => validateSse(Buffer.concat([Buffer.from('data: '), Buffer.from([0xe4, 0xbd]), Buffer.from('\n\n')])),
  mark: () => check('\uFEFFdata: 1\n\n'),
  'line-ends': () => check('data: 1\n\ndata: 2\r\n\n'),
  field: () => check('data: 1\nmoment: 2\n\n'),
  'comment-inside': () => check('data: 1\n: ping\ndata: 2\n\n'),
  'no-data': () => check('event: a\n\ndata: 1\n\n'),
  'event-twice': () => check('event: a\nevent: b\ndata: 1\n\n'),
  retry: () => check('retry: soon\ndata: 1\n\n'),
  unfinished: () => check('data: 1\n\ndata: 2\n'),
});

test('the rest that no line end closed is unfinished too', () => {
  assert.equal(check('data: 1\n\ndata: 2').length, 1);
});

test('recorded streams are framed well', { skip: fixturesFolder() === undefined ? noFixtures : false }, () => {
  const recordings = fixtures({ streamed: true, exact: true }).filter(({ entry }) => entry.framing === 'sse');
  assert.ok(recordings.length > 40);
  for (const { name, bytes } of recordings) assert.deepEqual(validateSse(bytes), [], name);
});
