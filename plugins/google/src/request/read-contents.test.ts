import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bodyOf, type ChatEvent, type ChatRequest, type Seal, textBody, textOf } from '@tapgate/core';
import { readSse } from '@tapgate/test-kit';
import { googleGenerate } from '../google-generate.ts';

const read = (contents: readonly object[]): ChatRequest =>
  googleGenerate.readRequest({
    operation: 'chat',
    path: '/v1beta/models/m:streamGenerateContent',
    query: 'alt=sse',
    headers: new Map(),
    body: textBody(JSON.stringify({ contents })),
  });
const user = { role: 'user', parts: [{ text: 'Go' }] };

/** The parts of a stream as the vendor's own clients keep them: each as it came. */
function streamed(events: readonly ChatEvent[]): readonly object[] {
  const writer = googleGenerate.writer({ streamed: true, model: 'm', id: 'x', createdAt: 1, request: read([user]) });
  const out = [...events.map((event) => writer.push(event)), writer.end()];
  const bytes = Buffer.concat(out.filter((piece) => piece !== undefined).map((piece) => Buffer.from(piece)));
  return readSse(bytes).flatMap(({ data }) => JSON.parse(data).candidates?.[0]?.content?.parts ?? []);
}

function thinking(part: string, pieces: readonly string[], seal?: Seal): readonly ChatEvent[] {
  return [
    { type: 'part-start', part, choice: 0, kind: 'reasoning' },
    ...pieces.map((text): ChatEvent => ({ type: 'part-delta', part, text })),
    { type: 'part-end', part, ...(seal && { seal }) },
  ];
}

test('thinking of another vendor that came in pieces goes back whole, with its seal', () => {
  const seal: Seal = { origin: { dialect: 'anthropic-messages', provider: 'a' }, form: 'signature', value: 'Er+/=' };
  const parts = streamed([
    ...thinking('r', ['I ', 'thi', 'nk so', '.'], seal),
    ...thinking('s', ['And ', 'so.'], { ...seal, value: 'second' }),
    { type: 'part-start', part: 'c', choice: 0, kind: 'tool-call', callId: 'c', name: 'look', executedBy: 'client' },
    { type: 'part-end', part: 'c' },
    { type: 'finish', choice: 0, reason: 'tool-calls' },
  ]);
  const [, answer] = read([user, { role: 'model', parts }]).turns;
  assert.deepEqual(
    answer?.parts.map((part) => [part.kind, part.kind === 'reasoning' && [part.text, part.seal?.value]]),
    [
      ['reasoning', ['I think so.', 'Er+/=']],
      ['reasoning', ['And so.', 'second']],
      ['tool-call', false],
    ],
  );
});

test('thinking of another vendor is not said twice where a client keeps its pieces and the call that carries it whole', () => {
  const seal: Seal = { origin: { dialect: 'anthropic-messages', provider: 'a' }, form: 'signature', value: 'Er+/=' };
  const parts = streamed([
    ...thinking('r', ['I ', 'think so.'], seal),
    { type: 'part-start', part: 'c', choice: 0, kind: 'tool-call', callId: 'c', name: 'look', executedBy: 'client' },
    { type: 'part-end', part: 'c' },
    { type: 'finish', choice: 0, reason: 'tool-calls' },
  ]);
  // LangChain leaves out a part with an empty text, and the seal on it.
  const kept = parts.filter((part) => !('text' in part && part.text === ''));
  const [, answer] = read([user, { role: 'model', parts: kept }]).turns;
  assert.deepEqual(
    answer?.parts.map((part) => [part.kind, part.kind === 'reasoning' && [part.text, part.seal?.value]]),
    [
      ['reasoning', ['I think so.', 'Er+/=']],
      ['tool-call', false],
    ],
  );
});

test('thinking that nobody sealed stays in the pieces it came in', () => {
  const parts = [
    { text: 'I ', thought: true },
    { text: 'think.', thought: true },
    { text: 'Hello', thoughtSignature: 'b3du' },
  ];
  const [, answer] = read([user, { role: 'model', parts }]).turns;
  assert.deepEqual(
    answer?.parts.map((part) => part.kind),
    ['reasoning', 'reasoning', 'text'],
  );
});

test('what another vendor sealed does not go to this one', () => {
  const seal: Seal = { origin: { dialect: 'anthropic-messages', provider: 'a' }, form: 'signature', value: 'Er+/=' };
  const own: Seal = { origin: { dialect: 'google-generate' }, form: 'signature', value: 'b3du' };
  const call = (callId: string, of: Seal): readonly ChatEvent[] => [
    { type: 'part-start', part: callId, choice: 0, kind: 'tool-call', callId, name: 'look', executedBy: 'client' },
    { type: 'part-end', part: callId, seal: of },
  ];
  const parts = streamed([
    ...thinking('r', ['I think so.'], seal),
    ...call('a', seal),
    ...call('b', own),
    { type: 'finish', choice: 0, reason: 'tool-calls' },
  ]);
  const results = ['a', 'b'].map((id) => ({ functionResponse: { id, name: 'look', response: { output: '1' } } }));
  const contents = [user, { role: 'model', parts }, { role: 'user', parts: results }];
  const text = Buffer.from(JSON.stringify({ contents }));
  const incoming = { operation: 'chat', path: '/v1beta/models/m:generateContent', query: '', headers: new Map() };
  const wanted = { ...incoming, model: 'gemini-3.1-pro-preview', streamed: false, able: {} };
  const request = googleGenerate.readRequest({ ...incoming, body: bodyOf(text) });
  const sent = JSON.parse(textOf(googleGenerate.writeRequest(request, wanted).body));
  const signatures = sent.contents[1].parts.map((part: any) => part.thoughtSignature).filter(Boolean);
  assert.deepEqual(signatures, ['b3du']);
  assert.equal(sent.contents[1].parts.length, 3);
});

test('bytes in the other alphabet of base64, as the Python client writes them, are in the usual one for everybody else', () => {
  const bytes = Buffer.from([0xfb, 0xff, 0xfe, 0x3e, 0x3f]);
  const data = bytes.toString('base64').replaceAll('+', '-').replaceAll('/', '_');
  const image = { inlineData: { data, mimeType: 'image/png' } };
  const result = { functionResponse: { name: 'look', response: {}, parts: [image] } };
  const [asked, told] = read([
    { role: 'user', parts: [image] },
    { role: 'user', parts: [result] },
  ]).turns;
  const expected = { kind: 'media', mediaType: 'image/png', data: { base64: bytes.toString('base64') } };
  assert.deepEqual(asked?.parts, [expected]);
  const [answer] = told?.parts ?? [];
  assert.deepEqual(answer?.kind === 'tool-result' && answer.parts.at(-1), expected);
});
