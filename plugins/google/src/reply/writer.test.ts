import assert from 'node:assert/strict';
import { test } from 'node:test';
import { coreErrors, textBody, type ChatEvent, type Seal, type WriterContext } from '@tapgate/core';
import { readSse, validateGenerateReply, validateGenerateStream } from '@tapgate/test-kit';
import { googleGenerate } from '../google-generate.ts';

const incoming = {
  operation: 'chat',
  path: '/v1beta/models/alias:generateContent',
  query: '',
  headers: new Map<string, string>(),
};
const readRequest = (contents: readonly object[]) =>
  googleGenerate.readRequest({ ...incoming, body: textBody(JSON.stringify({ contents })) });
const context = (streamed: boolean, framing?: string): WriterContext => ({
  streamed,
  model: 'alias',
  id: 'x1',
  createdAt: 0,
  request: readRequest([{ parts: [{ text: 'Hi' }] }]),
  ...(framing === undefined ? {} : { framing }),
});

function write(events: readonly ChatEvent[], streamed: boolean, framing?: string): string {
  const writer = googleGenerate.writer(context(streamed, framing));
  let text = '';
  for (const event of events) text += String(writer.push(event) ?? '');
  return text + String(writer.end() ?? '');
}

type Members = Record<string, any>;
const streamOf = (events: readonly ChatEvent[]): Members[] =>
  readSse(write(events, true)).map(({ data }) => JSON.parse(data) as Members);
const wholeOf = (events: readonly ChatEvent[]): Members => JSON.parse(write(events, false)) as Members;
const partsOf = (answer: Members): Members[] => answer['candidates'][0].content.parts;

const usage = { input: 10, cacheRead: 5, cacheWrite: 2, output: 9, reasoning: 4, estimated: false };
const text = (part: string, ...pieces: readonly string[]): ChatEvent[] => [
  { type: 'part-start', part, choice: 0, kind: 'text' },
  ...pieces.map((piece): ChatEvent => ({ type: 'part-delta', part, text: piece })),
  { type: 'part-end', part },
];
const call = (part: string, name: string, args: string): ChatEvent[] => [
  { type: 'part-start', part, choice: 0, kind: 'tool-call', callId: `call_${part}`, name, executedBy: 'client' },
  { type: 'part-delta', part, text: args.slice(0, 3) },
  { type: 'part-delta', part, text: args.slice(3) },
  { type: 'part-end', part },
];
const end = (reason: 'stop' | 'tool-calls' | 'length' | 'refusal'): ChatEvent[] => [
  { type: 'usage', usage },
  { type: 'finish', choice: 0, reason, raw: 'end_turn' },
];

test('a stream has a line for each piece, and its end and its usage on the last', () => {
  const stream = write(
    [{ type: 'start', id: 'msg_1', model: 'claude' }, { type: 'ping' }, ...text('0', 'Hel', 'lo'), ...end('stop')],
    true,
  );
  assert.deepEqual(validateGenerateStream(Buffer.from(stream), { ended: 'ok', written: true }), []);
  const events = readSse(stream).map(({ data }) => JSON.parse(data) as Members);
  assert.deepEqual(
    events.slice(0, 2).map((event) => partsOf(event)),
    [[{ text: 'Hel' }], [{ text: 'lo' }]],
  );
  assert.deepEqual(events.at(-1)?.['usageMetadata'], {
    promptTokenCount: 17,
    candidatesTokenCount: 5,
    totalTokenCount: 26,
    cachedContentTokenCount: 5,
    thoughtsTokenCount: 4,
  });
  assert.equal(events.at(-1)?.['candidates'][0].finishReason, 'STOP');
  assert.ok(
    events
      .slice(0, -1)
      .every((event) => event['candidates'][0].finishReason === undefined && event['usageMetadata'] === undefined),
  );
  assert.ok(events.every((event) => event['responseId'] === 'msg_1' && event['modelVersion'] === 'claude'));
});

test('a stream without events is one JSON array from its first byte to its last', () => {
  const array = write([...text('0', 'Hel', 'lo'), ...end('stop')], true, 'json-array');
  assert.deepEqual(validateGenerateStream(Buffer.from(array), { ended: 'ok', written: true }), []);
  assert.equal((JSON.parse(array) as unknown[]).length, 3);
  const failed = googleGenerate.writer(context(true, 'json-array'));
  const begun = failed.push({ type: 'part-start', part: '0', choice: 0, kind: 'text' });
  const piece = failed.push({ type: 'part-delta', part: '0', text: 'Hel' });
  const broken = `${String(begun ?? '')}${String(piece)}${String(failed.fail(coreErrors.UPSTREAM_TRUNCATED({ provider: 'p' })))}`;
  assert.equal((JSON.parse(broken) as Members[]).at(-1)?.['error'].code, 502);
});

test('a call goes out whole, with its id and its arguments as they were written', () => {
  const events = [
    ...call('0', 'f', '{"b": 1.0, "1": 12345678901234567890}'),
    ...call('1', 'g', ''),
    ...end('tool-calls'),
  ];
  const stream = write(events, true);
  assert.match(
    stream,
    /\{"functionCall":\{"id":"call_0","name":"f","args":\{"b": 1\.0, "1": 12345678901234567890\}\}\}/,
  );
  assert.match(stream, /\{"functionCall":\{"id":"call_1","name":"g","args":\{\}\}\}/);
  assert.match(stream, /"finishReason":"STOP"/);
  assert.deepEqual(validateGenerateReply(Buffer.from(write(events, false))), []);
});

test('line breaks within arguments do not break a stream’s line', () => {
  const stream = write([...call('0', 'f', '{\n  "a": "x y\\n z",\r\n  "b": [1,\n 2]\n}'), ...end('tool-calls')], true);
  assert.deepEqual(validateGenerateStream(Buffer.from(stream), { ended: 'ok', written: true }), []);
  assert.match(stream, /"args":\{"a":"x y\\n z","b":\[1,2\]\}/);
});

test('a call with arguments that are no object is not given to a client to run', () => {
  for (const args of ['{"a":', '[1]']) {
    const whole = wholeOf([...text('0', 'So'), ...call('1', 'f', args), ...end('tool-calls')]);
    assert.deepEqual(partsOf(whole), [{ text: 'So' }]);
    assert.equal(whole['candidates'][0].finishReason, 'MALFORMED_FUNCTION_CALL');
    assert.match(whole['candidates'][0].finishMessage, /"f"/);
    assert.equal(wholeOf([...call('1', 'f', args), ...end('length')])['candidates'][0].finishReason, 'MAX_TOKENS');
  }
});

test('calls that a vendor ran itself, and its own blocks, are not shown', () => {
  const hidden: ChatEvent[] = [
    {
      type: 'part-start',
      part: '0',
      choice: 0,
      kind: 'tool-call',
      callId: 'srv',
      name: 'web_search',
      executedBy: 'provider',
    },
    { type: 'part-delta', part: '0', text: '{}' },
    { type: 'part-end', part: '0' },
    {
      type: 'part-start',
      part: '1',
      choice: 0,
      kind: 'opaque',
      origin: { dialect: 'anthropic-messages' },
      opaqueType: 'x',
      json: { x: 1 },
    },
    { type: 'part-end', part: '1' },
  ];
  const events = [...hidden, ...text('2', 'Hi'), ...end('stop')];
  assert.deepEqual(partsOf(wholeOf(events)), [{ text: 'Hi' }]);
  assert.equal(streamOf(events).length, 2);
});

test('what another vendor sealed comes back from the client as it was, for that vendor alone', () => {
  const seal: Seal = {
    origin: { dialect: 'anthropic-messages', provider: 'anthropic', model: 'claude' },
    form: 'signature',
    value: 'EqQB+/=',
  };
  const events: ChatEvent[] = [
    { type: 'part-start', part: '0', choice: 0, kind: 'reasoning' },
    { type: 'part-delta', part: '0', text: 'Hm.' },
    { type: 'part-end', part: '0', seal },
    ...call('1', 'f', '{}'),
    ...end('tool-calls'),
  ];
  for (const parts of [partsOf(wholeOf(events)), streamOf(events).flatMap(partsOf)]) {
    const [turn] = readRequest([{ role: 'model', parts }]).turns;
    assert.deepEqual(turn?.parts[0], { kind: 'reasoning', text: 'Hm.', seal });
    assert.deepEqual(
      turn?.parts.map(({ kind }) => kind),
      ['reasoning', 'tool-call'],
    );
    // Clients write bytes in either alphabet of base64, and some keep no thoughts but the signatures of calls.
    const kept = parts.filter((part) => part['thought'] !== true);
    const urlSafe = JSON.parse(
      JSON.stringify(kept).replaceAll(/(?<="thoughtSignature":")[^"]+/g, (value) =>
        value.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', ''),
      ),
    ) as object[];
    const [again] = readRequest([{ role: 'model', parts: urlSafe }]).turns;
    assert.deepEqual(again?.parts[0], { kind: 'reasoning', text: 'Hm.', seal });
  }
});

test('a refusal is told in words and as filtered', () => {
  const whole = wholeOf([
    { type: 'part-start', part: '0', choice: 0, kind: 'refusal' },
    { type: 'part-delta', part: '0', text: 'No.' },
    { type: 'part-end', part: '0' },
    ...end('refusal'),
  ]);
  assert.deepEqual(partsOf(whole), [{ text: 'No.' }]);
  assert.equal(whole['candidates'][0].finishReason, 'SAFETY');
});

test('sources of another vendor are grounding, counted in bytes', () => {
  const citation = { start: 5, end: 7, url: 'https://a.example', title: 'A' };
  const events: ChatEvent[] = [
    ...text('0', 'Grüß Gö'),
    { type: 'source', part: '0', choice: 0, citation },
    { type: 'source', choice: 0, citation: { url: 'https://a.example', title: 'A' } },
    ...end('stop'),
  ];
  assert.deepEqual(wholeOf(events)['candidates'][0].groundingMetadata, {
    groundingChunks: [{ web: { uri: 'https://a.example', title: 'A' } }],
    groundingSupports: [{ segment: { startIndex: 7, endIndex: 10, text: 'Gö' }, groundingChunkIndices: [0] }],
  });
});

test('token probabilities of another vendor are told in these words', () => {
  const content = [
    {
      token: 'Hi',
      logprob: -0.1,
      bytes: [72],
      top_logprobs: [
        { token: 'Hi', logprob: -0.1 },
        { token: 'Ho', logprob: -2 },
      ],
    },
  ];
  const events: ChatEvent[] = [
    { type: 'part-start', part: '0', choice: 0, kind: 'text' },
    { type: 'part-delta', part: '0', text: 'Hi', logprobs: { dialect: 'openai-chat', json: { content } } },
    { type: 'part-end', part: '0' },
    ...end('stop'),
  ];
  const expected = {
    chosenCandidates: [{ token: 'Hi', logProbability: -0.1 }],
    topCandidates: [
      {
        candidates: [
          { token: 'Hi', logProbability: -0.1 },
          { token: 'Ho', logProbability: -2 },
        ],
      },
    ],
  };
  assert.deepEqual(wholeOf(events)['candidates'][0].logprobsResult, expected);
  assert.deepEqual(streamOf(events)[0]?.['candidates'][0].logprobsResult, expected);
});

test('an answer without an end is not written as one', () => {
  const stream = write(text('0', 'Hel'), true);
  assert.deepEqual(validateGenerateStream(Buffer.from(stream), { ended: 'error' }), []);
  assert.match(stream, /\r\n\r\n\{"error":\{"code":502/);
  assert.equal(JSON.parse(write(text('0', 'Hel'), false)).error.code, 502);
});

test('nothing follows an error', () => {
  const writer = googleGenerate.writer(context(true));
  assert.match(
    String(
      writer.push({
        type: 'error',
        error: coreErrors.UPSTREAM_FAILED({ message: 'Overloaded.' }, { kind: 'overloaded' }),
      }),
    ),
    /^data: (\{"error":\{"code":503.*\})\r\n\r\n\1$/,
  );
  assert.equal(writer.push({ type: 'part-start', part: '0', choice: 0, kind: 'text' }), undefined);
  assert.equal(writer.end(), undefined);
});
