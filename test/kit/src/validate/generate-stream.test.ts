import assert from 'node:assert/strict';
import test from 'node:test';
import { eachRuleAlone } from '../../subjects/each-rule.ts';
import { fixtures, fixturesFolder, noFixtures } from '../replay.ts';
import { sseText } from '../sse.ts';
import { generateReplyRules, validateGenerateReply } from './generate-reply.ts';
import { generateStreamRules, validateGenerateStream } from './generate-stream.ts';
import type { StreamOptions } from './stream-options.ts';

const usageMetadata = { promptTokenCount: 5, candidatesTokenCount: 3, thoughtsTokenCount: 2, totalTokenCount: 10 };
const candidate = (parts: unknown, more: object = {}): object => ({
  candidates: [{ content: { role: 'model', parts }, ...more }],
});
const say = (text: unknown): object => candidate([{ text }]);
const last = (more: object = {}): object => ({
  ...candidate([{ text: '' }], { finishReason: 'STOP' }),
  usageMetadata,
  ...more,
});
const call = (functionCall: object): object => candidate([{ functionCall }]);
const error = '{"error":{"code":503,"message":"Busy.","status":"UNAVAILABLE"}}';

const text = (...events: object[]): string =>
  sseText(
    events.map((data) => ({ data })),
    '\r\n',
  );
const raw = (stream: string, options: StreamOptions = {}): readonly string[] =>
  validateGenerateStream(Buffer.from(stream), options);
const check = (events: readonly object[], options: StreamOptions = {}): readonly string[] =>
  raw(text(...events), options);
const ended = (...events: object[]): readonly string[] => check([...events, last()]);

test('good streams have no violation, as events and as an array', () => {
  assert.deepEqual(check([say('Hello'), call({ name: 'look', args: {} }), last()], { ended: 'ok', written: true }), []);
  assert.deepEqual(raw(JSON.stringify([say('Hello'), last()]), { ended: 'ok' }), []);
  assert.deepEqual(check([{ promptFeedback: { blockReason: 'SAFETY' } }]), []);
  assert.deepEqual(raw(text(say('half')) + error, { ended: 'error' }), []);
  assert.deepEqual(raw(`${text(say('half'))}data: ${error}\r\n\r\n${error}`, { ended: 'error' }), []);
  assert.deepEqual(raw(`[${JSON.stringify(say('half'))},${error}]`, { ended: 'error' }), []);
  assert.deepEqual(ended(candidate([{ thoughtSignature: 'abc' }])), []);
});

test('a function call may come in pieces', () => {
  assert.deepEqual(
    ended(call({ name: 'look', willContinue: true }), call({ partialArgs: [], willContinue: true }), call({})),
    [],
  );
});

eachRuleAlone('a stream of generateContent', generateStreamRules, {
  empty: () => raw(''),
  line: () => raw(`: ping\r\n\r\n${text(last())}`),
  json: () => raw(`data: {\r\n\r\n${text(last())}`),
  'done-mark': () => raw(`${text(last())}data: [DONE]\r\n\r\n`),
  array: () => raw('[{'),
  candidates: () => ended({ candidates: {} }),
  'candidate-index': () => ended(candidate([], { index: -1 })),
  role: () => ended({ candidates: [{ content: { role: 'assistant', parts: [] } }] }),
  parts: () => ended(candidate({})),
  part: () => ended(candidate([{ text: 'x', functionCall: { name: 'look' } }])),
  'call-name': () => ended(call({ args: {} })),
  'call-args': () => ended(call({ name: 'look', args: '{}' })),
  finish: () => check([candidate([], { finishReason: 1 }), last()]),
  'finish-unknown': () =>
    check([candidate([{ text: '' }], { finishReason: 'stop' }), { usageMetadata }], { written: true }),
  'after-finish': () => check([last(), say('more')]),
  'finish-missing': () => check([say('x')]),
  'usage-missing': () => check([last({ usageMetadata: undefined })], { written: true }),
  'usage-shape': () => check([last({ usageMetadata: { totalTokenCount: '9' } })]),
  'usage-sum': () => check([last({ usageMetadata: { ...usageMetadata, totalTokenCount: 8 } })], { written: true }),
  'error-shape': () => raw(text(say('x')) + '{"error":{"message":"Busy."}}'),
  'error-framed': () => check([say('x'), JSON.parse(error) as object, last()]),
  'error-unexpected': () => raw(text(say('x')) + error, { ended: 'ok' }),
  'error-missing': () => check([last()], { ended: 'error' }),
});

const whole = (more: object = {}): object => ({
  ...candidate([{ text: 'x' }], { finishReason: 'STOP' }),
  usageMetadata,
  ...more,
});
const finished = (parts: unknown, more: object = {}): readonly string[] =>
  validateGenerateReply(candidate(parts, { finishReason: 'STOP', ...more }));

test('a good answer has no violation', () => {
  assert.deepEqual(validateGenerateReply(whole(), { written: true }), []);
  assert.deepEqual(validateGenerateReply(JSON.stringify({ promptFeedback: { blockReason: 'SAFETY' } })), []);
});

eachRuleAlone('an answer of generateContent', generateReplyRules, {
  json: () => validateGenerateReply('<html>'),
  candidates: () => validateGenerateReply({ candidates: {}, promptFeedback: { blockReason: 'OTHER' } }),
  'candidate-index': () =>
    validateGenerateReply({ ...candidate([], { index: 'a' }), promptFeedback: { blockReason: 'OTHER' } }),
  role: () => validateGenerateReply({ candidates: [{ content: { parts: [] }, finishReason: 'STOP' }] }),
  parts: () => finished('x'),
  part: () => finished([{}]),
  'call-name': () => finished([{ functionCall: { args: {} } }]),
  'call-args': () => finished([{ functionCall: { name: 'look', args: [] } }]),
  finish: () =>
    validateGenerateReply({ ...candidate([], { finishReason: {} }), promptFeedback: { blockReason: 'OTHER' } }),
  'finish-unknown': () =>
    validateGenerateReply({ ...candidate([], { finishReason: 'end_turn' }), usageMetadata }, { written: true }),
  'after-finish': () =>
    validateGenerateReply({
      candidates: [
        ...(whole() as { candidates: object[] }).candidates,
        ...(whole() as { candidates: object[] }).candidates,
      ],
    }),
  'finish-missing': () => validateGenerateReply(candidate([{ text: 'x' }])),
  'usage-missing': () => validateGenerateReply(whole({ usageMetadata: undefined }), { written: true }),
  'usage-shape': () => validateGenerateReply(whole({ usageMetadata: { promptTokenCount: -1 } })),
  'usage-sum': () => validateGenerateReply(whole({ usageMetadata: { totalTokenCount: 1 } }), { written: true }),
});

const skip = fixturesFolder() === undefined ? noFixtures : false;
test("the vendor's own recordings are clean", { skip }, () => {
  const recordings = fixtures({ dialect: 'google-generate', ok: true });
  assert.ok(recordings.length > 20);
  for (const { name, bytes, streamed } of recordings) {
    if (name === 'gemini/count-tokens') continue;
    assert.deepEqual(
      streamed ? validateGenerateStream(bytes, { ended: 'ok' }) : validateGenerateReply(bytes),
      [],
      name,
    );
  }
});
