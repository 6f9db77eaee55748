import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  GatewayError,
  inputTotal,
  type ChatEvent,
  type ErrorEvent,
  type FinishEvent,
  type PartStartEvent,
  type Usage,
} from '@tapgate/core';
import { sseText } from '@tapgate/test-kit';
import { googleGenerate } from '../google-generate.ts';

const of = (streamed: boolean) => ({ streamed, provider: 'g', able: {} });

function readStream(...chunks: readonly (object | string)[]): ChatEvent[] {
  const reader = googleGenerate.reader(of(true));
  const text = chunks
    .map((chunk) => (typeof chunk === 'string' ? chunk : sseText([JSON.stringify(chunk)], '\r\n')))
    .join('');
  return [...reader.push(Buffer.from(text)), ...reader.end()];
}

function readWhole(document: unknown): ChatEvent[] {
  const reader = googleGenerate.reader(of(false));
  const text = typeof document === 'string' ? document : JSON.stringify(document);
  return [...reader.push(Buffer.from(text)), ...reader.end()];
}

const saying = (parts: readonly object[], more: object = {}): object => ({
  candidates: [{ content: { parts, role: 'model' }, index: 0, ...more }],
  responseId: 'r1',
});
const errorIn = (events: readonly ChatEvent[]): GatewayError | undefined =>
  events.find((event): event is ErrorEvent => event.type === 'error')?.error;
const finishes = (events: readonly ChatEvent[]): readonly FinishEvent[] =>
  events.filter((event): event is FinishEvent => event.type === 'finish');
const starts = (events: readonly ChatEvent[]): readonly PartStartEvent[] =>
  events.filter((event): event is PartStartEvent => event.type === 'part-start');
const textOf = (events: readonly ChatEvent[], part: string): string =>
  events.flatMap((event) => (event.type === 'part-delta' && event.part === part ? [event.text] : [])).join('');

test('calls in chunks of their own stay calls of their own, and a client must run them', () => {
  const call = (name: string, args: object): object => saying([{ functionCall: { name, args } }]);
  const events = readStream(
    call('a', { x: 1 }),
    call('b', { y: 2 }),
    call('a', { x: 3 }),
    saying([{ text: '' }], { finishReason: 'STOP' }),
  );
  const calls = starts(events);
  assert.deepEqual(
    calls.map(({ name }) => name),
    ['a', 'b', 'a'],
  );
  assert.equal(new Set(calls.map(({ callId }) => callId)).size, 3);
  assert.deepEqual(
    calls.map(({ part }) => textOf(events, part)),
    ['{"x":1}', '{"y":2}', '{"x":3}'],
  );
  assert.deepEqual(
    finishes(events).map(({ reason, raw }) => [reason, raw]),
    [['tool-calls', 'STOP']],
  );
});

test('a call without arguments has an empty object', () => {
  const events = readWhole(saying([{ functionCall: { name: 'a' } }], { finishReason: 'STOP' }));
  assert.equal(textOf(events, starts(events)[0]?.part ?? ''), '{}');
});

test('arguments keep their digits', () => {
  const events = readWhole(
    '{"candidates":[{"content":{"parts":[{"functionCall":{"name":"a","args":{"n":12345678901234567890,"f":1.0}}}]},"finishReason":"STOP"}]}',
  );
  assert.equal(textOf(events, starts(events)[0]?.part ?? ''), '{"n":12345678901234567890,"f":1.0}');
});

test('two candidates are two choices, and neither has the other’s calls', () => {
  const both = (one: object, other: object): object => ({
    candidates: [
      { index: 0, ...one },
      { index: 1, ...other },
    ],
  });
  const said = (part: object): object => ({ content: { parts: [part] } });
  const events = readStream(
    both(said({ text: 'A' }), said({ functionCall: { name: 'f', args: {} } })),
    both({ ...said({ text: 'a' }), finishReason: 'STOP' }, { finishReason: 'STOP' }),
  );
  assert.deepEqual(
    finishes(events).map(({ choice, reason }) => [choice, reason]),
    [
      [0, 'stop'],
      [1, 'tool-calls'],
    ],
  );
  assert.equal(textOf(events, '0.1'), 'Aa');
});

test('older models say STOP in every chunk, and are heard to the end', () => {
  const events = readStream(
    saying([{ text: 'One ' }], { finishReason: 'STOP' }),
    saying([{ text: 'two' }], { finishReason: 'STOP' }),
  );
  assert.equal(textOf(events, '0.1'), 'One two');
  assert.equal(finishes(events).length, 1);
});

test('a prompt that is blocked ends the answer as filtered', () => {
  const [finish] = finishes(readWhole({ promptFeedback: { blockReason: 'SAFETY' } }));
  assert.deepEqual([finish?.reason, finish?.raw], ['content-filter', 'SAFETY']);
});

test('what is empty, cut or no answer is an error of its kind', () => {
  const cases: readonly (readonly [readonly ChatEvent[], string])[] = [
    [readStream(), 'truncated'],
    [readStream(saying([{ text: 'Hi' }])), 'truncated'],
    [readStream('data: {"candidates": [{"content"'), 'truncated'],
    [readWhole('{"candidates": [{"content"'), 'truncated'],
    [readWhole('<html>'), 'server'],
    [readStream('data: <html>\r\n\r\n'), 'server'],
  ];
  for (const [events, kind] of cases) {
    assert.equal(errorIn(events)?.kind, kind);
    assert.deepEqual(finishes(events), []);
    assert.equal(events.at(-1)?.type, 'error');
  }
});

test('an error is found bare, in an event, in a list, and in the place of an answer', () => {
  const error = { error: { code: 503, message: 'The model is overloaded.', status: 'UNAVAILABLE' } };
  const bare = JSON.stringify(error, null, 2);
  for (const events of [
    readStream(saying([{ text: 'Hi' }]), bare),
    readStream(saying([{ text: 'Hi' }]), error),
    readStream(`data: [${JSON.stringify(error)}]\r\n\r\n`),
    readStream(`[${bare}]`),
    readStream(bare),
    readWhole([error]),
    readWhole(error),
  ]) {
    assert.equal(errorIn(events)?.upstream?.kind, 'overloaded');
    assert.equal(errorIn(events)?.upstream?.status, 503);
    assert.equal(events.filter(({ type }) => type === 'finish').length, 0);
  }
});

test('a call that the model wrote badly is a failure to try again before content, and the end of the answer after it', () => {
  const malformed = { finishReason: 'MALFORMED_FUNCTION_CALL', finishMessage: 'Malformed function call: print(' };
  const alone = errorIn(readStream(saying([], malformed)));
  assert.equal(alone?.retryable, true);
  assert.equal(alone?.upstream?.kind, 'server');
  const [finish] = finishes(readStream(saying([{ text: 'So: ' }]), saying([], malformed)));
  assert.deepEqual([finish?.reason, finish?.raw], ['error', 'MALFORMED_FUNCTION_CALL']);
});

test('a call that is cut off in the middle of its arguments is no whole call', () => {
  const pieces = (value: string): object =>
    saying([
      {
        functionCall: {
          partialArgs: [{ jsonPath: '$.city', stringValue: value, willContinue: true }],
          willContinue: true,
        },
      },
    ]);
  const begun = saying([{ functionCall: { name: 'weather', willContinue: true } }]);
  const events = readStream(begun, pieces('Os'), pieces('lo'), saying([], { finishReason: 'MAX_TOKENS' }));
  const [start] = starts(events);
  assert.equal(textOf(events, start?.part ?? ''), '{"city":"Oslo"');
  assert.equal(finishes(events)[0]?.reason, 'length');
  const cut = readStream(begun, pieces('Os'));
  assert.equal(errorIn(cut)?.kind, 'truncated');
  assert.ok(!cut.some((event) => event.type === 'part-end'));
});

test('the signature of an empty text belongs to the text before it', () => {
  const events = readStream(
    saying([{ text: 'Hi' }]),
    saying([{ text: '', thoughtSignature: 'c2ln' }], { finishReason: 'STOP' }),
  );
  const ends = events.filter((event) => event.type === 'part-end');
  assert.equal(ends.length, 1);
  assert.deepEqual(ends[0]?.seal, {
    origin: { dialect: 'google-generate', provider: 'g' },
    form: 'signature',
    value: 'c2ln',
  });
  const behindCall = readStream(
    saying([{ functionCall: { name: 'f', args: {} } }]),
    saying([{ text: '', thoughtSignature: 'c2ln' }], { finishReason: 'STOP' }),
  );
  assert.deepEqual(
    starts(behindCall).map(({ kind }) => kind),
    ['tool-call', 'text'],
  );
});

test('a source is under the words it supports, counted in code points', () => {
  const text = 'Warm 🌡️ at 21°C. Dry.';
  const bytes = (said: string): number => Buffer.byteLength(text.slice(0, text.indexOf(said)));
  const groundingMetadata = {
    groundingChunks: [
      { web: { uri: 'https://a.example', title: 'A' } },
      { web: { uri: 'https://b.example', title: 'B' } },
    ],
    groundingSupports: [
      {
        segment: { startIndex: bytes('at 21'), endIndex: bytes(' Dry'), text: 'at 21°C.' },
        groundingChunkIndices: [0],
      },
    ],
    webSearchQueries: ['weather', 'forecast'],
  };
  const usageMetadata = { promptTokenCount: 1, candidatesTokenCount: 1, totalTokenCount: 2 };
  const events = readStream(saying([{ text: text.slice(0, 9) }]), {
    ...saying([{ text: text.slice(9) }], { finishReason: 'STOP', groundingMetadata }),
    usageMetadata,
  });
  const sources = events.filter((event) => event.type === 'source');
  const [first, second] = sources;
  assert.equal(Array.from(text).slice(first?.citation.start, first?.citation.end).join(''), 'at 21°C.');
  assert.equal(first?.part, '0.1');
  assert.equal(first?.citation.url, 'https://a.example');
  assert.deepEqual(
    [second?.part, second?.citation.url, second?.citation.start],
    [undefined, 'https://b.example', undefined],
  );
  const usage = events.findLast((event) => event.type === 'usage');
  assert.deepEqual(usage?.usage.calls, { googleSearch: 2 });
});

test('cached tokens are a part of the prompt, thoughts are written beside the answer, and what tools read is input', () => {
  const usageOf = (usageMetadata: object): Usage => {
    const events = readWhole({ ...saying([{ text: 'x' }], { finishReason: 'STOP' }), usageMetadata });
    const found = events.find((event) => event.type === 'usage');
    assert.ok(found);
    return found.usage;
  };
  const cached = usageOf({
    promptTokenCount: 262_960,
    cachedContentTokenCount: 257_955,
    candidatesTokenCount: 10,
    totalTokenCount: 262_970,
  });
  assert.deepEqual([cached.input, cached.cacheRead, cached.cacheWrite], [5005, 257_955, 0]);
  assert.equal(inputTotal(cached), 262_960);
  const thinking = usageOf({
    promptTokenCount: 32,
    toolUsePromptTokenCount: 2395,
    candidatesTokenCount: 41,
    thoughtsTokenCount: 47,
    totalTokenCount: 2515,
  });
  assert.deepEqual([thinking.input, thinking.output, thinking.reasoning], [2427, 88, 47]);
  assert.equal(inputTotal(thinking) + thinking.output, 2515);
});

test('code that the vendor ran, and thoughts that are pictures, stay whole', () => {
  const parts = [
    { executableCode: { language: 'PYTHON', code: '1' } },
    { codeExecutionResult: { outcome: 'OUTCOME_OK' } },
    { inlineData: { mimeType: 'image/png', data: 'AA==' }, thought: true },
  ];
  const events = readWhole(saying(parts, { finishReason: 'STOP' }));
  assert.deepEqual(
    starts(events).map(({ kind, opaqueType, json }) => [kind, opaqueType, json]),
    [
      ['opaque', 'executableCode', parts[0]],
      ['opaque', 'codeExecutionResult', parts[1]],
      ['opaque', 'inlineData', parts[2]],
    ],
  );
  assert.equal(finishes(events)[0]?.reason, 'stop');
});

test('streamed arguments cannot reach a prototype, nor make lists of any length', () => {
  const call = (jsonPath: string): object => ({
    functionCall: { partialArgs: [{ jsonPath, stringValue: 'x' }], willContinue: true },
  });
  const events = readStream(
    saying([{ functionCall: { name: 'f', willContinue: true } }]),
    saying(['$.__proto__.polluted', '$.list[999999]', "$['a key'][0].b", '$.list[0]', '$', ''].map(call)),
    saying([{ functionCall: {} }], { finishReason: 'STOP' }),
  );
  assert.equal(textOf(events, '0.1'), '{"__proto__":{"polluted":"x"},"list":["x"],"a key":[{"b":"x"}]}');
  assert.equal(({} as { polluted?: string }).polluted, undefined);
});
