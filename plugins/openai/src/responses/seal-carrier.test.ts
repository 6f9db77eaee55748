import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { textBody, type ChatEvent, type Incoming, type Seal } from '@tapgate/core';
import { openaiResponses } from './openai-responses.ts';
import { carry, noSeal, uncarry } from './seal-carrier.ts';

const incoming = (body: object): Incoming => ({
  operation: 'chat',
  path: '/v1/responses',
  query: '',
  headers: new Map(),
  body: textBody(JSON.stringify(body)),
});

test('a seal comes back as it was, and names whom it goes back to', () => {
  const name = fc.string({ minLength: 1 }).map((text) => text.toWellFormed());
  const origin = fc.record({ dialect: name, provider: name, model: name }, { noNullPrototype: true });
  const form = fc.constantFrom<Seal['form']>('signature', 'encrypted', 'redacted');
  const seal = fc.record({ origin, form, value: fc.string() }, { noNullPrototype: true });
  fc.assert(
    fc.property(seal, fc.constantFrom({}, { previous: true as const }, { call: 'a:b%🙂' }), (given, whose) => {
      fc.pre(given.origin.dialect !== 'openai-responses');
      assert.deepEqual(uncarry(carry(given, whose)), { seal: given, ...whose });
    }),
  );
});

test('this dialect’s own seal is carried as it is', () => {
  const seal: Seal = { origin: { dialect: 'openai-responses' }, form: 'encrypted', value: 'gAAAAAB' };
  assert.equal(carry(seal), 'gAAAAAB');
  assert.deepEqual(uncarry('gAAAAAB'), { seal });
});

test('what stands for no seal, and a tag that is not of its form, give none', () => {
  assert.deepEqual(uncarry(noSeal), {});
  assert.deepEqual(uncarry('~tapgate:what:is:this'), {});
});

test('a seal over a call comes back to it from wherever a client puts its carrier', () => {
  const request = openaiResponses.readRequest(incoming({ model: 'm', input: 'Hi' }));
  const writer = openaiResponses.writer({ streamed: false, model: 'm', id: 'x', createdAt: 1, request });
  const seal: Seal = { origin: { dialect: 'google-generate', provider: 'google' }, form: 'signature', value: 'sig==' };
  const calls = ['one', 'two', 'three:%🙂'];
  for (const callId of calls) {
    const part = `of ${callId}`;
    writer.push({ type: 'part-start', part, choice: 0, kind: 'tool-call', callId, name: 'look', executedBy: 'client' });
    writer.push({ type: 'part-end', part, ...(callId !== 'two' && { seal: { ...seal, value: callId } }) });
  }
  writer.push({ type: 'finish', choice: 0, reason: 'tool-calls' });
  const { output } = JSON.parse(String(writer.end())) as { output: { type: string }[] };
  // The AI SDK has the reasoning of a streamed answer before its calls, whatever came first.
  const moved = output.toSorted((one, other) => (one.type < other.type ? 1 : one.type > other.type ? -1 : 0));
  assert.deepEqual(
    moved.map(({ type }) => type),
    ['reasoning', 'reasoning', 'function_call', 'function_call', 'function_call'],
  );
  const results = calls.map((id) => ({ type: 'function_call_output', call_id: id, output: '42' }));
  for (const input of [output, moved]) {
    const user = { role: 'user', content: 'Hi' };
    const { turns } = openaiResponses.readRequest(incoming({ model: 'm', input: [user, ...input, ...results] }));
    assert.deepEqual(
      turns[1]?.parts.map((part) => ('seal' in part ? part.seal?.value : part.kind)),
      ['one', 'tool-call', 'three:%🙂'],
    );
  }
});

test('a seal over a call or a text survives a client that has no place for it', () => {
  const request = openaiResponses.readRequest(incoming({ model: 'm', input: 'Hi' }));
  const writer = openaiResponses.writer({ streamed: false, model: 'm', id: 'x', createdAt: 1, request });
  const seal: Seal = { origin: { dialect: 'google-generate', provider: 'google' }, form: 'signature', value: 'sig==' };
  const events: ChatEvent[] = [
    { type: 'part-start', part: 't', choice: 0, kind: 'text' },
    { type: 'part-delta', part: 't', text: 'Let me look.' },
    { type: 'part-end', part: 't', seal: { ...seal, value: 'first' } },
    { type: 'part-start', part: 'a', choice: 0, kind: 'tool-call', callId: 'c', name: 'look', executedBy: 'client' },
    { type: 'part-end', part: 'a', seal },
    { type: 'finish', choice: 0, reason: 'tool-calls' },
  ];
  for (const event of events) writer.push(event);
  const { output } = JSON.parse(String(writer.end())) as { output: object[] };
  const next = incoming({
    model: 'm',
    input: [...output, { type: 'function_call_output', call_id: 'c', output: '42' }],
  });
  const [turn] = openaiResponses.readRequest(next).turns;
  assert.deepEqual(
    turn?.parts.map((part) => [part.kind, 'seal' in part ? part.seal : undefined]),
    [
      ['text', { ...seal, value: 'first' }],
      ['tool-call', seal],
    ],
  );
  const wanted = { operation: 'chat', model: 'm', streamed: false, able: {}, headers: new Map(), query: '', path: '' };
  const written = openaiResponses.writeRequest(openaiResponses.readRequest(next), wanted);
  assert.doesNotMatch(Buffer.concat([...written.body.chunks]).toString(), /tapgate|sig==/);
});
