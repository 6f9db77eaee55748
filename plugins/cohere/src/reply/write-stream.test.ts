import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ChatEvent, ChatRequest, PartStartEvent, ReplyWriter, WriterContext } from '@tapgate/core';
import { readSse } from '@tapgate/test-kit';
import { StreamWriter } from './write-stream.ts';
import { WholeWriter } from './write-whole.ts';

const request: ChatRequest = {
  model: 'smart',
  instructions: [],
  turns: [],
  tools: [],
  output: {},
  sampling: {},
  stream: true,
  wantUsage: true,
  ext: {},
};
const context = (streamed: boolean): WriterContext => ({ streamed, model: 'smart', id: 'x1', createdAt: 0, request });
const part = (id: string, kind: PartStartEvent['kind'], more: Partial<PartStartEvent> = {}): ChatEvent => ({
  type: 'part-start',
  part: id,
  choice: 0,
  kind,
  ...more,
});
const call = (id: string, name: string): ChatEvent => part(id, 'tool-call', { callId: id, name, executedBy: 'client' });
const delta = (id: string, text: string): ChatEvent => ({ type: 'part-delta', part: id, text });
const end = (id: string): ChatEvent => ({ type: 'part-end', part: id });
const finish: ChatEvent = { type: 'finish', choice: 0, reason: 'stop' };

function write(writer: ReplyWriter, events: readonly ChatEvent[]): string {
  return [...events.map((event) => writer.push(event)), writer.end()].map((piece) => String(piece ?? '')).join('');
}

const namesIn = (events: readonly ChatEvent[]): readonly string[] =>
  readSse(write(new StreamWriter(context(true)), events)).map(({ data }) => {
    const { type, index } = JSON.parse(data) as { type: string; index?: number };
    return index === undefined ? type : `${type} ${index}`;
  });
const wholeOf = (events: readonly ChatEvent[]): any => JSON.parse(write(new WholeWriter(context(false)), events));

test('calls whose arguments come mixed are one after the other, and no argument is lost', () => {
  const mixed = [
    call('a', 'one'),
    delta('a', '{"x":'),
    call('b', 'two'),
    delta('b', '{"y":2}'),
    delta('a', '1}'),
    end('a'),
    end('b'),
    finish,
  ];
  assert.deepEqual(namesIn(mixed), [
    'message-start',
    'tool-call-start 0',
    'tool-call-delta 0',
    'tool-call-delta 0',
    'tool-call-end 0',
    'tool-call-start 1',
    'tool-call-delta 1',
    'tool-call-end 1',
    'message-end',
  ]);
  const { message, finish_reason: reason } = wholeOf(mixed);
  assert.deepEqual(
    message.tool_calls.map(({ function: called }: any) => called.arguments),
    ['{"x":1}', '{"y":2}'],
  );
  assert.equal(reason, 'TOOL_CALL');
});

test('what another vendor shows is said in words, what it ran or sealed is not shown', () => {
  const origin = { dialect: 'else' };
  const events = [
    part('o', 'opaque', { origin, opaqueType: 'x', json: {} }),
    part('p', 'tool-call', { callId: 'p', name: 'search', executedBy: 'provider' }),
    delta('p', '{}'),
    part('r', 'refusal'),
    delta('r', 'No.'),
    end('r'),
    part('m', 'media', { mediaType: 'image/png', base64: 'AAAA' }),
    end('m'),
    finish,
  ];
  const { message, finish_reason: reason } = wholeOf(events);
  assert.deepEqual(message.content, [
    { type: 'text', text: 'No.' },
    { type: 'text', text: '[image/png]' },
  ]);
  assert.deepEqual([message.tool_calls, reason], [undefined, 'COMPLETE']);
  assert.deepEqual(
    namesIn(events).filter((name) => name.startsWith('content-start')),
    ['content-start 0', 'content-start 1'],
  );
});

test('an answer that failed is no success: an end that says so, or an error in the place of the document', () => {
  for (const reason of ['error', 'cancelled', 'content-filter'] as const) {
    const events: ChatEvent[] = [part('t', 'text'), delta('t', 'Hel'), { type: 'finish', choice: 0, reason }];
    const last = JSON.parse(readSse(write(new StreamWriter(context(true)), events)).at(-1)?.data ?? '{}');
    assert.equal(last.delta.finish_reason, 'ERROR');
    assert.throws(() => write(new WholeWriter(context(false)), events), { code: 'UPSTREAM_FAILED' });
  }
});
