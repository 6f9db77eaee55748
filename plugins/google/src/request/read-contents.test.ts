import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ChatEvent, type ChatRequest, type Seal, textBody } from '@tapgate/core';
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
