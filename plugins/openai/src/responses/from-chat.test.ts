import assert from 'node:assert/strict';
import { test } from 'node:test';
import { textBody, type ChatEvent, type Incoming } from '@tapgate/core';
import {
  fixtures,
  fixturesFolder,
  noFixtures,
  validateResponsesReply,
  validateResponsesStream,
  type Fixture,
} from '@tapgate/test-kit';
import { openaiChat } from '../chat/openai-chat.ts';
import { openaiResponses } from './openai-responses.ts';

const skip = fixturesFolder() === undefined ? noFixtures : false;

const incoming: Incoming = {
  operation: 'chat',
  path: '/v1/responses',
  query: '',
  headers: new Map(),
  body: textBody('{"model":"asked","input":"Hello","include":["reasoning.encrypted_content"]}'),
};

const eventsOf = ({ bytes, streamed }: Fixture): ChatEvent[] => {
  const reader = openaiChat.reader({ streamed, provider: 'upstream', able: {} });
  return [...reader.push(bytes), ...reader.end()];
};

const write = (events: readonly ChatEvent[], streamed: boolean): Buffer => {
  const request = openaiResponses.readRequest(incoming);
  const writer = openaiResponses.writer({ streamed, model: 'asked', id: 'ex-1', createdAt: 1, request });
  const out = events.map((event) => writer.push(event) ?? '');
  return Buffer.from([...out, writer.end() ?? ''].map(String).join(''));
};

const textIn = (events: readonly ChatEvent[], kinds: readonly string[]): string => {
  const parts = new Set(
    events.flatMap((event) => (event.type === 'part-start' && kinds.includes(event.kind) ? [event.part] : [])),
  );
  return events.map((event) => (event.type === 'part-delta' && parts.has(event.part) ? event.text : '')).join('');
};

test('every recorded answer of a chat provider is one for a client of Responses', { skip }, () => {
  const answers = fixtures({ dialect: 'openai-chat', ok: true });
  let count = 0;
  for (const fixture of answers) {
    const events = eventsOf(fixture);
    const failed = events.some(({ type }) => type === 'error');
    const stream = write(events, true);
    const found = validateResponsesStream(stream, { written: true, ended: failed ? 'error' : 'ok' });
    assert.deepEqual(found, [], fixture.name);
    if (failed) continue;
    count += 1;
    const whole = write(events, false);
    assert.deepEqual(validateResponsesReply(whole), [], fixture.name);
    for (const [bytes, streamed] of [
      [stream, true],
      [whole, false],
    ] as const) {
      const reader = openaiResponses.reader({ streamed, provider: 'p', able: {} });
      const read = [...reader.push(bytes), ...reader.end()];
      for (const kinds of [['text'], ['refusal'], ['reasoning']]) {
        assert.equal(textIn(read, kinds), textIn(events, kinds), `${fixture.name}, ${kinds.join()}`);
      }
      const reason = (all: readonly ChatEvent[]): unknown => all.find((event) => event.type === 'finish')?.reason;
      const stopped = reason(events) === 'stop-sequence' ? 'stop' : reason(events);
      assert.equal(reason(read), stopped, fixture.name);
    }
  }
  assert.ok(count > 60);
});

test(
  'thinking that a chat provider did not seal is not taken for something that Responses could look up',
  { skip },
  () => {
    const [fixture] = fixtures({ name: 'deepseek/reasoner-tool-turn1' });
    assert.ok(fixture);
    const { output } = JSON.parse(write(eventsOf(fixture), false).toString()) as { output: Record<string, unknown>[] };
    const thought = output.find(({ type }) => type === 'reasoning');
    assert.match(String(thought?.['id']), /^rs_~tapgate/);
    assert.equal(thought?.['encrypted_content'], '~tapgate:');
    const again = {
      ...incoming,
      body: textBody(JSON.stringify({ model: 'm', input: [...output, { role: 'user', content: 'And?' }] })),
    };
    const wanted = {
      operation: 'chat',
      model: 'm',
      streamed: false,
      able: {},
      headers: new Map(),
      query: '',
      path: again.path,
    };
    const request = openaiResponses.readRequest(again);
    const written = openaiResponses.writeRequest(request, wanted);
    assert.doesNotMatch(Buffer.concat([...written.body.chunks]).toString(), /tapgate|reasoning/);
    const { turns } = request;
    const part = turns[0]?.parts.find(({ kind }) => kind === 'reasoning');
    assert.equal(part?.kind === 'reasoning' && part.seal, undefined);
  },
);
