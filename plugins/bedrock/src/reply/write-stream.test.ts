import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ChatEvent, PartStartEvent } from '@tapgate/core';
import { readFrame, writeFrame } from '../frames/frame.ts';
import { FrameSplitter } from '../frames/split-frames.ts';
import { StreamReader } from './read-stream.ts';
import { StreamWriter } from './write-stream.ts';
import { WholeWriter } from './write-whole.ts';

const origin = { provider: 'b', model: undefined };
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

function written(events: readonly ChatEvent[]): {
  readonly names: readonly string[];
  readonly whole: any;
  readonly bytes: Buffer;
} {
  const writers = [new StreamWriter(), new WholeWriter()] as const;
  const [bytes, whole] = writers.map((writer) =>
    Buffer.concat(
      [...events.map((event) => writer.push(event)), writer.end()].map((piece) => Buffer.from(piece ?? '')),
    ),
  );
  const names: string[] = [];
  new FrameSplitter(1_000_000).push(bytes ?? Buffer.alloc(0), (frame) => {
    const { headers, payload } = readFrame(frame);
    const { contentBlockIndex: at } = JSON.parse(Buffer.from(payload).toString()) as { contentBlockIndex?: number };
    names.push(`${headers[':event-type'] ?? headers[':exception-type']}${at === undefined ? '' : ` ${at}`}`);
  });
  return { names, whole: JSON.parse(String(whole)), bytes: bytes ?? Buffer.alloc(0) };
}

test('calls whose arguments come mixed are blocks one after the other, and no argument is lost', () => {
  const events = [
    call('a', 'one'),
    delta('a', '{"x":'),
    call('b', 'two'),
    delta('b', '{"y":2}'),
    delta('a', '1}'),
    end('a'),
    end('b'),
    finish,
  ];
  const { names, whole } = written(events);
  assert.deepEqual(names, [
    'messageStart',
    'contentBlockStart 0',
    'contentBlockDelta 0',
    'contentBlockDelta 0',
    'contentBlockStop 0',
    'contentBlockStart 1',
    'contentBlockDelta 1',
    'contentBlockStop 1',
    'messageStop',
    'metadata',
  ]);
  assert.deepEqual(
    whole.output.message.content.map(({ toolUse }: any) => toolUse.input),
    [{ x: 1 }, { y: 2 }],
  );
});

test('sources of a text stand with it, and an empty part of another vendor is no block', () => {
  const citation = { title: 'T', url: 'https://example.com' };
  const { whole } = written([
    part('e', 'text'),
    end('e'),
    part('t', 'text'),
    delta('t', 'Said.'),
    { type: 'source', part: 't', choice: 0, citation },
    end('t'),
    finish,
  ]);
  const [block, ...more] = whole.output.message.content;
  assert.deepEqual([block.citationsContent.content, more], [[{ text: 'Said.' }], []]);
  assert.equal(block.citationsContent.citations[0].location.web.url, 'https://example.com');
});

test('what another vendor ran or sealed is not shown', () => {
  const { whole } = written([
    part('r', 'reasoning'),
    delta('r', 'Hm.'),
    { type: 'part-end', part: 'r', seal: { origin: { dialect: 'google-generate' }, form: 'signature', value: 'x' } },
    part('s', 'tool-call', { callId: 's', name: 'search', executedBy: 'provider' }),
    end('s'),
    part('o', 'opaque', { origin: { dialect: 'other' }, opaqueType: 'o', json: { o: {} } }),
    end('o'),
    finish,
  ]);
  assert.deepEqual(whole.output.message.content, [{ reasoningContent: { reasoningText: { text: 'Hm.' } } }]);
});

test('usage without the end of the message is no end, and a call that says nothing has no arguments', () => {
  const frame = (name: string, json: object): Uint8Array =>
    writeFrame({
      headers: { ':event-type': name, ':message-type': 'event' },
      payload: Buffer.from(JSON.stringify(json)),
    });
  const start = frame('contentBlockStart', {
    contentBlockIndex: 0,
    start: { toolUse: { toolUseId: 'a', name: 'look' } },
  });
  const stop = frame('contentBlockStop', { contentBlockIndex: 0 });
  const usage = frame('metadata', {
    usage: { inputTokens: 1, outputTokens: 1, totalTokens: 2 },
    metrics: { latencyMs: 1 },
  });
  const reader = new StreamReader(origin);
  const events = [...reader.push(Buffer.concat([start, stop, usage])), ...reader.end()];
  assert.deepEqual(
    events.map(({ type }) => type),
    ['part-start', 'part-delta', 'part-end', 'usage', 'error'],
  );
  const [, said] = events;
  assert.equal(said?.type === 'part-delta' && said.text, '{}');
});

test('a document in a stream’s place is read as the document it is, an error among them', () => {
  const reader = new StreamReader(origin);
  const events = [
    ...reader.push(Buffer.from('{"message":"Too ')),
    ...reader.push(Buffer.from('late"}')),
    ...reader.end(),
  ];
  assert.deepEqual(
    events.map((event) => event.type === 'error' && event.error.message),
    ['Too late'],
  );
});

test('an answer that broke off for a reason that this API has no word for ends with an exception, and is no document', () => {
  const failed: ChatEvent = { type: 'finish', choice: 0, reason: 'error', raw: 'odd' };
  const events = [part('t', 'text'), delta('t', 'x'), end('t'), failed];
  const writer = new StreamWriter();
  const bytes = Buffer.concat(
    [...events.map((event) => writer.push(event)), writer.end()].map((piece) => Buffer.from(piece ?? '')),
  );
  const names: (string | undefined)[] = [];
  new FrameSplitter(1_000_000).push(bytes, (frame) => names.push(readFrame(frame).headers[':exception-type']));
  assert.equal(names.at(-1), 'internalServerException');
  const whole = new WholeWriter();
  for (const event of events) whole.push(event);
  assert.throws(() => whole.end(), { code: 'UPSTREAM_FAILED' });
});
