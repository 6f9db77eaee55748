import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type ChatEvent,
  type ChatRequest,
  noUsage,
  type ReplyReader,
  type ReplyWriter,
  type Usage,
  type WriterContext,
} from '@tapgate/core';
import { chunkings } from '@tapgate/test-kit';
import { answers, type Document, documentOf, linesOf, streamOf } from './answers.test.ts';
import { StreamReader } from './read-stream.ts';
import { WholeReader } from './read-whole.ts';
import { StreamWriter } from './write-stream.ts';
import { WholeWriter } from './write-whole.ts';

const request: ChatRequest = {
  model: 'qwen3',
  instructions: [],
  turns: [],
  tools: [],
  output: {},
  sampling: {},
  stream: true,
  wantUsage: true,
  ext: {},
};
const context = (streamed: boolean): WriterContext => ({ streamed, model: 'qwen3', id: 'x1', createdAt: 0, request });

function read(reader: ReplyReader, ...chunks: readonly Uint8Array[]): ChatEvent[] {
  return [...chunks.flatMap((chunk) => reader.push(chunk)), ...reader.end()];
}

function write(writer: ReplyWriter, events: readonly ChatEvent[]): string {
  return [...events.map((event) => writer.push(event)), writer.end()].map((piece) => String(piece ?? '')).join('');
}

const readStream = (text: string | Uint8Array): ChatEvent[] => read(new StreamReader('o'), Buffer.from(text as string));
const failures = (events: readonly ChatEvent[]): unknown[] =>
  events.flatMap((event) => (event.type === 'error' ? [event.error.code] : event.type === 'finish' ? ['finish'] : []));

test('an answer reads the same however it is cut, and as one document', async (t) => {
  for (const [name, lines] of Object.entries(answers)) {
    await t.test(name, () => {
      const bytes = streamOf(lines);
      const expected = readStream(bytes);
      assert.deepEqual(failures(expected), ['finish']);
      for (const { name: way, chunks } of chunkings(bytes))
        assert.deepEqual(read(new StreamReader('o'), ...chunks), expected, way);
      const blank = String(bytes).replaceAll('\n', '\r\n\n');
      assert.deepEqual(readStream(blank), expected, 'with blank lines');
      assert.deepEqual(readStream(bytes.subarray(0, -1)), expected, 'without the last line’s end');
      const document = JSON.stringify(documentOf(lines), null, 2);
      const whole = read(new WholeReader('o'), Buffer.from(document));
      assert.deepEqual(readStream(document), whole, 'a document in a stream’s place');
    });
  }
});

test('an answer is written back as it was, streamed and whole, whichever it was', async (t) => {
  for (const [name, lines] of Object.entries(answers)) {
    await t.test(name, () => {
      const expected = documentOf(lines);
      const whole = Buffer.from(JSON.stringify(expected));
      for (const events of [readStream(streamOf(lines)), read(new WholeReader('o'), whole)]) {
        assert.deepEqual(documentOf(linesOf(write(new StreamWriter(context(true)), events))), expected);
        assert.deepEqual(JSON.parse(write(new WholeWriter(context(false)), events)), expected);
      }
    });
  }
});

test('arguments are not parsed and written again', () => {
  const args = '{"big":12345678901234567890,"n":1.0}';
  const line = `{"model":"m","created_at":"2026-01-01T00:00:00Z","message":{"role":"assistant","content":"","tool_calls":[{"id":"a","function":{"name":"f","arguments":${args}}}]},"done":true}\n`;
  const events = readStream(line);
  assert.equal(events.find((event) => event.type === 'part-delta')?.text, args);
  assert.ok(write(new StreamWriter(context(true)), events).includes(args));
  assert.ok(write(new WholeWriter(context(false)), events).includes(args));
});

test('a call without an id is given one that is the same each time, and another in each answer', () => {
  const idsIn = (lines: readonly Document[]): readonly unknown[] =>
    readStream(streamOf(lines)).flatMap((event) =>
      event.type === 'part-start' && event.kind === 'tool-call' ? [event.callId] : [],
    );
  const lines = answers['calls of an old server'] ?? [];
  const later = lines.map((line) => ({ ...line, created_at: '2026-11-02T10:00:09.1Z' }));
  const ids = [...idsIn(lines), ...idsIn(later)];
  assert.deepEqual([ids.length, new Set(ids).size], [4, 4]);
  for (const id of ids) assert.match(String(id), /^call_[0-9a-f]{24}$/);
  assert.deepEqual(idsIn(lines), ids.slice(0, 2));
});

test('what is said behind a call is a text of its own', () => {
  const call = { tool_calls: [{ id: 'a', function: { name: 'f', arguments: {} } }] };
  const lines = [{ content: 'A' }, call, { content: 'B' }].map((message) => ({ message, done: false }));
  const events = readStream(streamOf([...lines, { message: {}, done: true }]));
  assert.deepEqual(
    events.flatMap((event) => ('part' in event ? [`${event.type} ${event.part}`] : [])),
    [0, 1, 2].flatMap((at) => [`part-start p${at}`, `part-delta p${at}`, `part-end p${at}`]),
  );
});

test('measures that somebody has changed are written anew, and those of the server are given back', () => {
  const finish: ChatEvent = { type: 'finish', choice: 0, reason: 'stop' };
  const raw = { total_duration: 9, prompt_eval_count: 5, eval_count: 3 };
  const tokens = { ...noUsage, input: 5, output: 3, raw };
  const endOf = (usage: Usage): Document =>
    JSON.parse(write(new WholeWriter(context(false)), [{ type: 'usage', usage }, finish]));
  assert.equal(endOf(tokens)['total_duration'], 9);
  const changed = endOf({ ...tokens, input: 4, cacheRead: 3 });
  assert.deepEqual([changed['total_duration'], changed['prompt_eval_count'], changed['eval_count']], [undefined, 7, 3]);
});

test('why an answer ended: a call that its client must run goes before everything but a cut', () => {
  const reasonOf = (message: object, end: object): unknown => {
    const line = { message, done: true, ...end };
    return readStream(streamOf([line])).find((event) => event.type === 'finish')?.reason;
  };
  const calls = { tool_calls: [{ function: { name: 'f', arguments: {} } }] };
  assert.equal(reasonOf({}, { done_reason: 'stop' }), 'stop');
  assert.equal(reasonOf({}, {}), 'stop');
  assert.equal(reasonOf(calls, { done_reason: 'stop' }), 'tool-calls');
  assert.equal(reasonOf(calls, {}), 'tool-calls');
  assert.equal(reasonOf(calls, { done_reason: 'length' }), 'length');
  assert.equal(reasonOf({}, { done_reason: 'constructor' }), 'other');
});

test('an answer without its last line is cut, and a broken line is no answer', () => {
  const text = streamOf(answers['text'] ?? []);
  const lines = String(text).split('\n');
  assert.deepEqual(failures(readStream(`${lines.slice(0, 2).join('\n')}\n`)), ['UPSTREAM_TRUNCATED']);
  assert.deepEqual(failures(readStream(text.subarray(0, -20))), ['UPSTREAM_TRUNCATED']);
  assert.deepEqual(failures(readStream('')), ['UPSTREAM_TRUNCATED']);
  assert.deepEqual(failures(readStream(`${lines[0]}\n{"model":\n${lines[1]}\n`)), ['UPSTREAM_MALFORMED']);
  assert.deepEqual(failures(readStream('<html>\n')), ['UPSTREAM_MALFORMED']);
  assert.deepEqual(failures(readStream('{\n"model": 1')), ['UPSTREAM_MALFORMED']);
  assert.deepEqual(failures(read(new WholeReader('o'), Buffer.from(''))), ['UPSTREAM_EMPTY']);
  assert.deepEqual(failures(read(new WholeReader('o'), Buffer.from('{"models":[]}'))), ['UPSTREAM_MALFORMED']);
  const open = JSON.stringify({ message: { content: 'a' }, done: false });
  assert.deepEqual(failures(read(new WholeReader('o'), Buffer.from(open))), ['UPSTREAM_TRUNCATED']);
});

test('nothing is read behind the end of an answer, or behind its error', () => {
  const more = `${JSON.stringify({ message: { content: 'more' }, done: false })}\n`;
  const whole = readStream(streamOf(answers['text'] ?? []));
  assert.deepEqual(readStream(String(streamOf(answers['text'] ?? [])) + more), whole);
  const failed = readStream(`{"error":"an error was encountered while running the model"}\n${more}`);
  assert.deepEqual(failures(failed), ['UPSTREAM_FAILED']);
  const told = failed[0]?.type === 'error' ? failed[0].error : undefined;
  assert.match(told?.message ?? '', /an error was encountered/);
});

test('a line for what another vendor says in pieces, and a call when it is whole', () => {
  const events: ChatEvent[] = [
    { type: 'start', id: 'x', model: 'else', created: 1_700_000_000 },
    { type: 'part-start', part: 'r', choice: 0, kind: 'reasoning' },
    { type: 'part-delta', part: 'r', text: 'Hm' },
    { type: 'part-start', part: 't', choice: 0, kind: 'text' },
    { type: 'part-delta', part: 't', text: 'Hel' },
    { type: 'part-start', part: 'c', choice: 0, kind: 'tool-call', callId: 'a', name: 'f', executedBy: 'client' },
    { type: 'part-delta', part: 'c', text: '{"a":\n' },
    { type: 'part-delta', part: 't', text: 'lo' },
    { type: 'part-delta', part: 'c', text: '1}' },
    { type: 'part-end', part: 'c' },
    { type: 'part-start', part: 'd', choice: 0, kind: 'tool-call', callId: '', name: 'g', executedBy: 'client' },
    { type: 'part-start', part: 'p', choice: 0, kind: 'tool-call', callId: 'h', name: 'h', executedBy: 'provider' },
    { type: 'part-start', part: 'o', choice: 1, kind: 'text' },
    { type: 'part-delta', part: 'o', text: 'not mine' },
    { type: 'finish', choice: 0, reason: 'tool-calls' },
  ];
  const lines = linesOf(write(new StreamWriter(context(true)), events));
  const created_at = '2023-11-14T22:13:20.000Z';
  for (const line of lines) assert.deepEqual([line['model'], line['created_at']], ['qwen3', created_at]);
  assert.deepEqual(
    lines.map(({ message: { role: _role, ...message } }) => message),
    [
      { content: '', thinking: 'Hm' },
      { content: 'Hel' },
      { content: 'lo' },
      { content: '', tool_calls: [{ id: 'a', function: { index: 0, name: 'f', arguments: { a: 1 } } }] },
      { content: '', tool_calls: [{ id: 'call_x1_1', function: { index: 1, name: 'g', arguments: {} } }] },
      { content: '' },
    ],
  );
  const { done, done_reason: reason, eval_count: count } = lines.at(-1) ?? {};
  assert.deepEqual([done, reason, typeof count], [true, 'stop', 'number']);
  const whole = JSON.parse(write(new WholeWriter(context(false)), events)) as Document;
  assert.deepEqual([whole['message'].content, whole['message'].thinking], ['Hello', 'Hm']);
  assert.deepEqual(
    whole['message'].tool_calls.map((call: Document) => call['function'].name),
    ['f', 'g'],
  );
});

test('an answer that failed is no success: a line with the error, or an error in the place of the document', () => {
  const failing = (...events: ChatEvent[]): void => {
    const lines = linesOf(write(new StreamWriter(context(true)), events));
    assert.deepEqual(Object.keys(lines.at(-1) ?? {}), ['error']);
    assert.ok(lines.slice(0, -1).every(({ done }) => done === false));
    assert.throws(() => write(new WholeWriter(context(false)), events), /UPSTREAM_FAILED|model|arguments|filter/);
  };
  const start: ChatEvent = { type: 'part-start', part: 't', choice: 0, kind: 'text' };
  const said: ChatEvent = { type: 'part-delta', part: 't', text: 'Hel' };
  for (const reason of ['error', 'cancelled', 'content-filter'] as const)
    failing(start, said, { type: 'finish', choice: 0, reason });
  const call = { type: 'part-start', part: 'c', choice: 0, kind: 'tool-call', callId: 'a', name: 'f' } as const;
  const cut: ChatEvent[] = [call, { type: 'part-delta', part: 'c', text: '{"a":' }, { type: 'part-end', part: 'c' }];
  failing(...cut, { type: 'finish', choice: 0, reason: 'tool-calls' });
  const short = linesOf(
    write(new StreamWriter(context(true)), [...cut, { type: 'finish', choice: 0, reason: 'length' }]),
  );
  assert.deepEqual(
    [short.length, short[0]?.['done_reason'], short[0]?.['message'].tool_calls],
    [1, 'length', undefined],
  );
});
